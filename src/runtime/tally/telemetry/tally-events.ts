import { messageOf, publicMessageOf } from "../../core/errors.js";

export interface TallyEvents {
  /** For logs and metrics. Never carries a voter id. */
  event(name: TallyEventName, fields: Readonly<Record<string, unknown>>): void;
}

export type TallyEventName =
  | "assigned"
  | "revoked"
  | "fenced"
  | "refused"
  | "sealed"
  | "failed"
  | "ledger-retry"
  | "view-retry"
  | "snapshot"
  | "snapshot-ignored"
  | "snapshot-failed";

/** An event's reason, for the log, and in words that anybody may read. */
export function reasonsOf(error: unknown) {
  return { reason: messageOf(error), publicReason: publicMessageOf(error) };
}
