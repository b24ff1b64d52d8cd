import {
  createElection,
  type Election,
  type ElectionSchedule,
  withStatus,
} from "../core/election.js";
import { VoteError } from "../core/errors.js";
import type { Actor } from "../registry/port.js";
import { systemChance } from "../time/chance.js";
import type { Engine } from "../wiring/engine.js";
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
 * @throws VoteError `invalid-election`, `election-exists`, or `leftover-evidence` if the log or the
 *   ledger holds something under this id; none of them leaves a key behind
 */
export async function createAndStore(
  engine: Pick<Engine, "registry" | "keys" | "log" | "ledger">,
  draft: NewElection,
  nowMs: number,
  by?: string,
  chance = systemChance,
): Promise<Election> {
  // Checks the draft first, so that no refused election leaves a key behind.
  const drawn = { instance: chance.bytes(16).toString("hex"), createdAt: nowMs };
  createElection({ ...draft, ...drawn, keyId: "unchecked", keyFingerprint: "" });
  await requireUnused(engine, draft.id);
  const signers = await hostSigners(engine.keys, nowMs);
  const key = await engine.keys.createElectionKey();
  const election = createElection({ ...draft, ...drawn, ...key, signers });
  await engine.registry.create(election, actorOf(by, nowMs));
  return election;
}

/**
 * Checks that an election can be created under an id.
 *
 * @throws VoteError `election-exists`, or `leftover-evidence` if the log or the ledger holds
 *   something under this id
 */
export async function requireUnused(
  engine: Pick<Engine, "registry" | "log" | "ledger">,
  id: string,
): Promise<void> {
  if ((await engine.registry.get(id)) !== undefined) {
    throw new VoteError("election-exists", `Election ${id} exists already.`, {
      hint: "Choose another id; `vote election list` shows those in use.",
    });
  }
  await requireNoEvidence(engine, id);
}

/**
 * Opens an election. Its topic is created first, so that an open election can be voted in.
 *
 * @param ifRevision opens it only as it was read then
 * @throws VoteError `unknown-election`, `invalid-transition`, `election-changed`, `clock-error`, or
 *   `leftover-evidence` if the log or the ledger holds something under this id
 */
export async function openElection(
  engine: Pick<Engine, "registry" | "log" | "ledger" | "clocks">,
  id: string,
  nowMs: number,
  by?: string,
  ifRevision?: number,
): Promise<Election> {
  const draft = await requireElection(engine, id);
  engine.clocks.requireRight();
  if (ifRevision !== undefined && draft.revision !== ifRevision) throw electionChanged(id);
  const open = withStatus(draft, "open", nowMs);
  await engine.log.createTopic({ election: id, partitions: open.partitions });
  await requireNoEvidence(engine, id).catch(async (error: unknown) => {
    // Opened by someone else meanwhile, it may have its first ballots: then `replace` says so.
    if ((await requireElection(engine, id)).revision === draft.revision) throw error;
  });
  await engine.registry.replace(open, actorOf(by, nowMs));
  return open;
}

/** What stands under an id before its election opens would be counted with it, or be in its way. */
async function requireNoEvidence(
  { log, ledger }: Pick<Engine, "log" | "ledger">,
  id: string,
): Promise<void> {
  for (const [store, what, found] of [
    ["log", "records", await log.partitions(id)],
    ["ledger", "segments", await ledger.partitions(id)],
  ] as const) {
    if (found.length === 0) continue;
    const where = `partition ${found.slice(0, 8).join(", ")}${found.length > 8 ? ", …" : ""}`;
    throw new VoteError(
      "leftover-evidence",
      `The ${store} already holds ${what} under the id ${id}, in ${where}.`,
      { hint: "They are another election's: choose another id, or restore its registry." },
    );
  }
}

/** Who did it, for the trail. */
export const actorOf = (by: string | undefined, at: number): Actor | undefined =>
  by === undefined ? undefined : { by, at };

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

/** What whoever changed an election second is told, as by the registry. */
function electionChanged(id: string): VoteError {
  return new VoteError("election-changed", `Election ${id} has changed meanwhile.`, {
    hint: "Look at it again with `vote election show`, then repeat the command.",
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
