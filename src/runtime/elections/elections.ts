import { randomBytes } from "node:crypto";
import {
  createElection,
  type Election,
  type ElectionSchedule,
  withSchedule,
  withStatus,
} from "../core/election.js";
import { VoteError } from "../core/errors.js";
import { closeMarker } from "../core/formats/frame.js";
import { waitForSeals } from "../recount/wait-for-seals.js";
import type { Actor } from "../registry/port.js";
import type { Engine } from "../wiring.js";

export interface NewElection extends ElectionSchedule {
  readonly id: string;
  readonly title: string;
  readonly candidates: Election["candidates"];
  readonly partitions: number;
}

/**
 * Creates an election as a draft, with a key of its own.
 *
 * @throws VoteError `invalid-election` or `election-exists`; neither leaves a key behind
 */
export async function createAndStore(
  engine: Pick<Engine, "registry" | "keys">,
  draft: NewElection,
  nowMs: number,
  by?: string,
): Promise<Election> {
  // Checked with a stand-in first: a key is made only for an election that will use it.
  createElection({ ...draft, keyId: "unchecked", createdAt: nowMs });
  if ((await engine.registry.get(draft.id)) !== undefined) {
    throw new VoteError("election-exists", `Election ${draft.id} exists already.`, {
      hint: "Choose another id; `vote election list` shows those in use.",
    });
  }
  const keyId = await engine.keys.createElectionKey();
  const election = createElection({ ...draft, keyId, createdAt: nowMs });
  await engine.registry.create(election, actorOf(by, nowMs));
  return election;
}

/**
 * Takes ballots from now on. The topic comes first: an election that is open can be voted in.
 *
 * @throws VoteError `unknown-election`, `invalid-transition` or `election-changed`
 */
export async function openElection(
  engine: Pick<Engine, "registry" | "log">,
  id: string,
  nowMs: number,
  by?: string,
): Promise<Election> {
  const open = withStatus(await requireElection(engine, id), "open", nowMs);
  await engine.log.createTopic({ election: id, partitions: open.partitions });
  await engine.registry.replace(open, actorOf(by, nowMs));
  return open;
}

/**
 * Ends an election: the status first, so that every ingest stops taking ballots, then a close
 * marker in every partition: where it stands is where the election ends. Safe to repeat: closing a
 * closed election whose partitions are not all sealed appends the markers again, and the fold
 * ignores further ones.
 *
 * @throws VoteError `unknown-election`, `invalid-transition` for a draft, `election-changed`,
 *   `log-unavailable` (the election is closed by then; close it again)
 */
export async function closeElection(
  engine: Pick<Engine, "registry" | "log" | "ledger">,
  id: string,
  nowMs: number,
  by?: string,
): Promise<Election> {
  const election = await requireElection(engine, id);
  const ended = election.status === "closed" || election.status === "certified";
  if (ended && (await isSealed(engine, election))) return election;
  const closed = ended ? election : withStatus(election, "closed", nowMs);
  if (!ended) await engine.registry.replace(closed, actorOf(by, nowMs));
  const producerId = randomBytes(16);
  await engine.log.append(
    Array.from({ length: closed.partitions }, (_, partition) => ({
      election: id,
      partition,
      bytes: closeMarker({ election: id, partition, producerId, producerSequence: 1 }),
    })),
  );
  return closed;
}

const actorOf = (by: string | undefined, at: number): Actor | undefined =>
  by === undefined ? undefined : { by, at };

/**
 * Changes when an election opens and closes by itself.
 *
 * @throws VoteError `unknown-election`, `invalid-election`, `invalid-transition` or
 *   `election-changed`
 */
export async function scheduleElection(
  engine: Pick<Engine, "registry">,
  id: string,
  schedule: ElectionSchedule,
  actor: Actor,
): Promise<Election> {
  const scheduled = withSchedule(await requireElection(engine, id), schedule);
  await engine.registry.replace(scheduled, actor);
  return scheduled;
}

/** Looks once, the way a recount does: after the seal there may be segments of late ballots. */
async function isSealed(engine: Pick<Engine, "ledger">, election: Election): Promise<boolean> {
  try {
    await waitForSeals({ election, ledger: engine.ledger, timeoutMs: 0 });
    return true;
  } catch (error) {
    if (error instanceof VoteError && error.code === "not-sealed") return false;
    throw error;
  }
}

/** @throws VoteError `unknown-election` */
export async function requireElection(
  engine: Pick<Engine, "registry">,
  id: string,
): Promise<Election> {
  const election = await engine.registry.get(id);
  if (election !== undefined) return election;
  throw new VoteError("unknown-election", `There is no election ${id.slice(0, 80)}.`, {
    hint: "`vote election list` shows those there are in this data directory.",
  });
}

/**
 * The election that a command is about: the named one, or else the only open one.
 *
 * @throws VoteError `unknown-election`; `invalid-usage` unless exactly one is open
 */
export async function electionOrOnlyOpen(
  engine: Pick<Engine, "registry">,
  id: string | undefined,
): Promise<Election> {
  if (id !== undefined) return requireElection(engine, id);
  const open = (await engine.registry.list()).filter(({ status }) => status === "open");
  if (open.length === 1) return open[0];
  const which = open.length === 0 ? "No election is open" : `${open.length} elections are open`;
  throw new VoteError("invalid-usage", `${which}, so --election has to say which one is meant.`, {
    hint:
      open.length === 0
        ? "Open one with `vote election open ID`, or start `vote dev`."
        : "`vote election list` shows them.",
  });
}
