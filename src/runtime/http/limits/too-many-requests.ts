import { VoteError } from "../../core/errors.js";

/** How often something may happen, and how much of that is left. */
export interface Quota {
  /** What the limit is of, as the answer's headers name it. */
  readonly policy: string;
  /** The most at once. */
  readonly burst: number;
  /** After this time, all of it is there again. */
  readonly windowSeconds: number;
  readonly left: number;
  readonly fullInSeconds: number;
}

/** The headers by which a client learns of its quota (draft-ietf-httpapi-ratelimit-headers). */
export function quotaHeaders(quota: Quota): Record<string, string> {
  const { policy, burst, windowSeconds, left, fullInSeconds } = quota;
  return {
    "ratelimit-policy": `"${policy}";q=${burst};w=${windowSeconds}`,
    ratelimit: `"${policy}";r=${left};t=${fullInSeconds}`,
  };
}

/** A request beyond a limit. */
export class TooManyRequests extends VoteError {
  readonly quota: Quota;
  readonly retryAfterSeconds: number;

  constructor(detail: string, quota: Quota, retryAfterSeconds: number) {
    super("too-many-requests", detail, {
      hint: `Nothing of this request was taken. Send it again in ${retryAfterSeconds} s.`,
    });
    this.quota = quota;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
