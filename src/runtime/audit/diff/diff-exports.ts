import type { DecisionDiff } from "../../contracts/audit/decision-diff.js";
import { VoteError } from "../../core/errors.js";
import { electionOf } from "../ended-election.js";
import { type ExportedEvidence, openExport } from "../exported-evidence.js";
import { diffDecisions } from "./diff-decisions.js";

/**
 * Compares two exports of one election, decision by decision; where these are equal, also each
 * file with its manifest.
 *
 * @throws VoteError `invalid-usage` for exports of two elections; `corrupt-export`,
 *   `corrupt-registry`
 */
export async function diffExports(
  first: string,
  second: string,
  onPartition?: (partition: number, decisions: number, differences: number) => void,
): Promise<DecisionDiff> {
  const [a, b] = [await openExport(first), await openExport(second)];
  const [ofA, ofB] = await Promise.all([a, b].map((one) => electionOf(one.registry, one.election)));
  if (ofA.id !== ofB.id || ofA.instance !== ofB.instance) {
    const what = `${first} is of election ${ofA.id}, instance ${ofA.instance}`;
    const other = `${second} is of election ${ofB.id}, instance ${ofB.instance}`;
    throw new VoteError("invalid-usage", `${what}; ${other}.`, {
      hint: "Name two exports of one election.",
    });
  }
  const partitions = new Set([...(await partitionsOf(a)), ...(await partitionsOf(b))]);
  const diff = await diffDecisions({
    election: ofA.id,
    a: { ...a, name: first },
    b: { ...b, name: second },
    partitions: [...partitions].sort((one, other) => one - other),
    ...(onPartition && { onPartition }),
  });
  const damaged = diff.equal ? ((await a.damage()) ?? (await b.damage())) : undefined;
  if (damaged !== undefined) throw damaged;
  return diff;
}

async function partitionsOf({ ledger, registry, election }: ExportedEvidence): Promise<number[]> {
  const { partitions } = await electionOf(registry, election);
  const own = Array.from({ length: partitions }, (_, partition) => partition);
  return [...own, ...(await ledger.partitions(election))];
}
