import { diffDecisions, maxNamed } from "../../audit/diff/diff-decisions.js";
import { electionOf } from "../../audit/ended-election.js";
import type { DecisionDiff, Difference } from "../../contracts/audit/decision-diff.js";
import { type Election, hasEnded } from "../../core/election.js";
import type { Engine } from "../../wiring/engine.js";
import type { Evidence } from "../../wiring/evidence.js";
import { foldLog } from "./fold-log.js";
import { extentOf, firstSegments, isDamage } from "./ledger-extent.js";

interface ReplayOptions {
  readonly election: string;
  /** The election's stores, which are only read. */
  readonly evidence: Evidence;
  /** An empty data directory: receives the new chains, and the election's record. */
  readonly fresh: Pick<Engine, "ledger" | "registry">;
  /** Hears of each partition that is decided and compared. */
  readonly onPartition?: (partition: number, decisions: number, differences: number) => void;
}

/** The sides of a replay's comparison, as messages call them. */
export const replaySides = { a: "the ledger", b: "the replay" } as const;

/**
 * Folds an election's log again into a fresh ledger, with the tally's own code, and compares the
 * decisions one by one. Of an election that is still open, goes as far as its ledger does now.
 *
 * @throws VoteError `unknown-election`, `corrupt-registry`, or that a store cannot be read; a
 *   damaged ledger and a damaged record of the log are differences
 */
export async function replayElection(options: ReplayOptions): Promise<DecisionDiff> {
  const { election: id, evidence, fresh, onPartition } = options;
  const { ledger, log } = evidence;
  const election = await electionOf(evidence.registry, id);
  const revisions = await copyTrail(options);
  const damaged: Difference[] = [];
  /** How many segments are compared: those that the tally adds meanwhile are not. */
  const [before, after] = [new Map<number, number>(), new Map<number, number>()];
  for (let partition = 0; partition < election.partitions; partition++) {
    const extent = await extentOf(ledger, id, partition);
    const { isWhole, segments } = extent;
    const toTheEnd = hasEnded(election) || !isWhole;
    const how = { election, revisions, partition, log, extent, toTheEnd, fresh: fresh.ledger };
    if (isWhole) before.set(partition, segments);
    try {
      after.set(partition, await foldLog(how));
    } catch (error) {
      if (!isDamage(error)) throw error;
      damaged.push({ kind: "damaged", partition, a: "nothing", b: error.message });
    }
  }
  const own = [...Array(election.partitions).keys()];
  const diff = await diffDecisions({
    election: id,
    a: { name: replaySides.a, ledger: firstSegments(ledger, before), log },
    b: { name: replaySides.b, ledger: firstSegments(fresh.ledger, after), log },
    // Nobody replays a chain of a partition that does not exist: the ledger alone has it.
    partitions: [...new Set([...own, ...(await ledger.partitions(id))])],
    ...(onPartition && { onPartition }),
  });
  return damaged.length === 0 ? diff : withDamage(diff, damaged);
}

/** @returns the election as each change left it, from revision 1 on */
async function copyTrail({ election, evidence, fresh }: ReplayOptions): Promise<Election[]> {
  const changes = await evidence.registry.trail(election);
  for (const { election: record, by, at } of changes) {
    // The certificate, which is of the old chains, stays behind.
    if (record.status === "certified") break;
    if (record.revision === 1) await fresh.registry.create(record, { by, at });
    else await fresh.registry.replace(record, { by, at });
  }
  return changes.map((change) => change.election);
}

function withDamage(diff: DecisionDiff, damaged: readonly Difference[]): DecisionDiff {
  return {
    ...diff,
    equal: false,
    kinds: { ...diff.kinds, damaged: (diff.kinds.damaged ?? 0) + damaged.length },
    differences: [...damaged, ...diff.differences].slice(0, maxNamed),
  };
}
