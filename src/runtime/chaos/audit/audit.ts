import { withScratchEngine } from "../../bench/scratch/scratch.js";
import type { Election } from "../../core/election.js";
import { recountElection } from "../../recount/recount.js";
import type { Engine } from "../../wiring/engine.js";
import { NotInTime, until } from "../scene/until.js";
import type { VoterCrowd } from "../scene/voter-crowd.js";
import { type Account, accountFor } from "./account.js";
import { replay } from "./replay.js";

/**
 * Checks a sealed election to the ballot: every acknowledged ballot is decided exactly once and as
 * expected; nothing else is in the ledger; the chains verify; ledger, log and view agree.
 */
export async function reconcile(
  engine: Engine,
  election: Election,
  crowd: VoterCrowd,
): Promise<Account> {
  const account = await accountFor(engine, election, crowd);
  const problems = [...account.problems];
  for (const from of ["ledger", "log"] as const) {
    const report = await recountElection({ election: election.id, ...engine, from });
    problems.push(...report.findings.map(({ kind, detail }) => `${kind}: ${detail}`));
    if (!report.sealed) problems.push(`by the ${from}, not every partition is sealed`);
    if (report.ballots !== account.decided) {
      problems.push(`by the ${from}, ${report.ballots} ballots, not ${account.decided}`);
    }
  }
  problems.push(...(await viewDiffers(engine, election, crowd)));
  return { ...account, problems };
}

/** Does what `reconcile` does, and decides the whole log once more. */
export async function audit(
  engine: Engine,
  election: Election,
  crowd: VoterCrowd,
): Promise<Account> {
  const account = await reconcile(engine, election, crowd);
  const { differences } = await withScratchEngine((fresh) => replay(engine, election, fresh));
  return { ...account, problems: [...account.problems, ...differences] };
}

/** The view may be some moments behind. */
async function viewDiffers(
  { view }: Pick<Engine, "view">,
  { id, candidates }: Election,
  crowd: VoterCrowd,
): Promise<string[]> {
  const counts = new Map<string, number>(candidates.map((candidate) => [candidate.id, 0]));
  for (const { choice, expected } of crowd.acknowledged.values()) {
    if (expected === "counted") counts.set(choice, (counts.get(choice) ?? 0) + 1);
  }
  const agrees = async () => {
    const { partitions } = await view.get(id);
    return [...counts.values()].every(
      (count, index) => partitions.reduce((sum, one) => sum + one.counts[index], 0) === count,
    );
  };
  try {
    await until("the view to show the crowd's own count", agrees);
    return [];
  } catch (error) {
    if (error instanceof NotInTime) return [error.message];
    throw error;
  }
}
