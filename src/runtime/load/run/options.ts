import type { Election } from "../../core/election.js";
import type { SigningKey } from "../../keys/signing.js";
import type { Log } from "../../log/port.js";
import type { Registry } from "../../registry/port.js";
import type { Clock } from "../../time/clock.js";
import type { View } from "../../view/port.js";
import type { BallotScenario } from "../scenario/scenario.js";
import type { HttpTarget } from "../send/http/http-target.js";
import type { LoadProgress } from "./progress.js";

/** What a generator needs for a run. */
export interface LoadOptions {
  readonly election: Election;
  readonly scenario: BallotScenario;
  readonly seed: number;
  readonly log: Log;
  readonly view: View;
  /** Where the election's hours are read during the run. Default: they stay as they are. */
  readonly registry?: Pick<Registry, "get">;
  /** Needed when a stream goes over HTTP. */
  readonly http?: HttpTarget;
  /** 16 random bytes for each stream that appends to the log. */
  readonly producerId: (stream: number) => Uint8Array;
  /** Signs the frames of streams that append to the log. */
  readonly framesKey: SigningKey;
  readonly clock: Clock;
  /** When the first ballots are due, in milliseconds since the epoch. Default: at once. */
  readonly startAt?: number | Promise<number>;
  /** Called once the streams are open and the view has been read: only `startAt` is to come. */
  readonly onReady?: () => void;
  /** Stops sending; the run still waits for the answers under way. */
  readonly signal?: AbortSignal;
  /** Once a second, and at the end. */
  readonly onProgress?: (progress: LoadProgress) => void;
  /** How long a ballot without an answer is sent again before its outcome stays unknown. */
  readonly giveUpAfterMs?: number;
  /** How long the tally may stand still at the end before every acknowledged ballot is visible. */
  readonly drainWithinMs?: number;
}
