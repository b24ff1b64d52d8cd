import type { PackedRunLatencies } from "../measure/outcome.js";
import type { LoadProgress } from "../run/progress.js";

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
