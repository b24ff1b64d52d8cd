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
import { hostSigners } from "./host-signers.js";

/** What an election is created from. */
export interface NewElection extends ElectionSchedule {
  readonly id: string;
  readonly title: string;
  readonly candidates: Election["candidates"];
  readonly partitions: number;
}

/**
 * Creates an election as a draft, with its own key. It trusts the keys of this host.
 *
 * @throws VoteError `invalid-election` or `election-exists`; neither leaves a key behind
 */
export async function createAndStore(
  engine: Pick<Engine, "registry" | "keys">,
  draft: NewElection,
  nowMs: number,
  by?: string,
): Promise<Election> {
  // Checks the draft first, so that no refused election leaves a key behind.
  createElection({ ...draft, keyId: "unchecked", createdAt: nowMs });
  if ((await engine.registry.get(draft.id)) !== undefined) {
    throw new VoteError("election-exists", `Election ${draft.id} exists already.`, {
      hint: "Choose another id; `vote election list` shows those in use.",
    });
  }
  const signers = await hostSigners(engine.keys, nowMs);
  const keyId = await engine.keys.createElectionKey();
  const election = createElection({ ...draft, keyId, signers, createdAt: nowMs });
  await engine.registry.create(election, actorOf(by, nowMs));
  return election;
}

/**
 * Opens an election. Its topic is created first, so that an open election can be voted in.
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
 * Closes an election. The status changes first, so that every ingest stops taking ballots; then
 * each partition gets a close marker, which is where the election ends. Safe to repeat: while
 * partitions of a closed election lack their seals, the markers are appended again, and the fold
 * ignores the further ones.
 *
 * @throws VoteError `unknown-election`, `invalid-transition` for a draft, `election-changed`,
 *   `log-unavailable` (the election is closed already; close it again)
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
 * Changes the times at which an election opens and closes by itself.
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

/** Looks for all seals once, as a recount does: segments of late ballots may follow them. */
async function isSealed(engine: Pick<Engine, "ledger">, election: Election): Promise<boolean> {
  try {
    await waitForSeals({ election, ledger: engine.ledger, timeoutMs: 0 });
    return true;
  } catch (error) {
    if (error instanceof VoteError && error.code === "not-sealed") return false;
    throw error;
  }
}

/**
 * Reads an election from the registry.
 *
 * @throws VoteError `unknown-election`
 */
export async function requireElection(
  engine: Pick<Engine, "registry">,
  id: string,
): Promise<Election> {
  const election = await engine.registry.get(id);
  if (election !== undefined) return election;
  throw new VoteError("unknown-election", `There is no election ${id.slice(0, 80)}.`, {
    hint: "`vote election list` shows the elections of this data directory.",
  });
}

/**
 * Finds the election that a command means when it names none.
 *
 * @throws VoteError `invalid-usage` unless exactly one election is open
 */
export async function onlyOpenElection({ registry }: Pick<Engine, "registry">): Promise<Election> {
  const open = (await registry.list()).filter(({ status }) => status === "open");
  if (open.length === 1) return open[0];
  const none = open.length === 0;
  const which = none ? "No election is open" : `${open.length} elections are open`;
  throw new VoteError("invalid-usage", `${which}, so --election has to name one.`, {
    hint: none
      ? "Open one with `vote election open ID`, or start `vote dev`."
      : "`vote election list` shows them.",
  });
}
