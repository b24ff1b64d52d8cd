import type { Election } from "../../core/election.js";
import type { Log } from "../../log/port.js";
import type { View } from "../../view/port.js";
import type { LoadClock } from "../measure/clock.js";
import type { BallotScenario } from "../scenario/scenario.js";
import type { HttpTarget } from "../send/http/http-target.js";
import type { LoadProgress } from "./progress.js";

export interface LoadOptions {
  readonly election: Election;
  readonly scenario: BallotScenario;
  readonly seed: number;
  readonly log: Log;
  readonly view: View;
  /** Needed when a stream goes over HTTP. */
  readonly http?: HttpTarget;
  /** 16 random bytes for each stream that appends to the log. */
  readonly producerId: (stream: number) => Uint8Array;
  readonly clock: LoadClock;
  /** When the first ballots are due, in milliseconds since the epoch. Default: at once. */
  readonly startAt?: number | Promise<number>;
  /** Called once every stream is open and the view has been read: `startAt` is what is left. */
  readonly onReady?: () => void;
  /** Stops sending; what is under way is still waited for. */
  readonly signal?: AbortSignal;
  /** Once a second, and at the end. */
  readonly onProgress?: (progress: LoadProgress) => void;
  /** How long an unknown outcome is retried before it stays unknown. */
  readonly giveUpAfterMs?: number;
  /** How long to wait at the end until everything acknowledged is visible. */
  readonly drainWithinMs?: number;
}
