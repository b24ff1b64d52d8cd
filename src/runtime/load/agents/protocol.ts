import type { PackedRunLatencies } from "../measure/outcome.js";
import type { LoadProgress } from "../run/progress.js";
import type { BallotScenario } from "../scenario/scenario.js";

/** Coordinator and agent must be of the same: shares and outcomes are made by both sides' code. */
export const agentProtocol = 1;

/** What an agent is to do: its own share of a run. Times out unless its coordinator looks at it. */
export interface RunRequest {
  readonly protocol: number;
  readonly election: string;
  readonly seed: number;
  readonly scenario: BallotScenario;
  readonly target?: { readonly url: string; readonly owned: boolean };
  readonly giveUpAfterMs?: number;
  readonly drainWithinMs?: number;
}

export type RunState = "ready" | "running" | "finished" | "failed";

/** What an agent says of its run. */
export interface RunStatus {
  readonly state: RunState;
  readonly progress?: Omit<LoadProgress, "latencies">;
  /** As of that progress, if they were asked for. */
  readonly latencies?: PackedRunLatencies;
  /** Of a failed run. */
  readonly problem?: string;
}
