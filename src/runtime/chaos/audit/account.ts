import type { Election } from "../../core/election.js";
import type { Engine } from "../../wiring/engine.js";
import type { Phase } from "../scene/phase.js";
import type { VoterCrowd } from "../scene/voter-crowd.js";
import { decisionsOf } from "./decisions.js";

/** What became of acknowledged ballots. */
export interface Outcome {
  acknowledged: number;
  decided: number;
  /** Acknowledged and never decided. */
  lost: number;
  /** Ballots decided more than once, and voters counted more than once. */
  double: number;
}

/** The ledger held against what the crowd was promised. */
export interface Account extends Outcome {
  /** By when they were acknowledged. */
  readonly phases: ReadonlyMap<Phase, Readonly<Outcome>>;
  /** The lost and the double, and whatever else is not as promised. */
  readonly problems: readonly string[];
}

const newOutcome = (): Outcome => ({ acknowledged: 0, decided: 0, lost: 0, double: 0 });

/** Compares a sealed election's ledger with the crowd's own account, ballot by ballot. */
export async function accountFor(
  engine: Pick<Engine, "ledger">,
  election: Pick<Election, "id" | "partitions">,
  crowd: Pick<VoterCrowd, "acknowledged" | "refusals">,
): Promise<Account> {
  const decided = new Map<string, string>();
  const counted = new Set<string>();
  const problems: string[] = [...crowd.refusals];
  const total = newOutcome();
  const phases = new Map<Phase, Outcome>();
  const add = (phase: Phase | undefined, what: keyof Outcome) => {
    total[what]++;
    if (phase === undefined) return;
    const outcome = phases.get(phase) ?? newOutcome();
    outcome[what]++;
    phases.set(phase, outcome);
  };
  for (let partition = 0; partition < election.partitions; partition++) {
    const decisions = await decisionsOf(engine, election.id, partition);
    for (const { ballotId, voterTag, decision } of decisions) {
      const ballot = crowd.acknowledged.get(ballotId);
      if (ballot === undefined) problems.push(`${ballotId} was never acknowledged`);
      if (decided.has(ballotId) || (decision === "counted" && counted.has(voterTag))) {
        problems.push(`${ballotId} or its voter is decided twice`);
        add(ballot?.during, "double");
      }
      if (decision === "counted") counted.add(voterTag);
      decided.set(ballotId, decision);
    }
  }
  for (const { ballotId, expected, during } of crowd.acknowledged.values()) {
    const decision = decided.get(ballotId) ?? "lost";
    add(during, "acknowledged");
    add(during, decision === "lost" ? "lost" : "decided");
    if (decision !== expected) problems.push(`${ballotId} is ${decision}, not ${expected}`);
  }
  return { ...total, phases, problems };
}
