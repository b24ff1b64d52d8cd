export interface TallyEvents {
  /** For logs and metrics. Never carries a voter id. */
  event(name: TallyEventName, fields: Readonly<Record<string, unknown>>): void;
}

export type TallyEventName =
  | "assigned"
  | "revoked"
  | "fenced"
  | "sealed"
  | "failed"
  | "ledger-retry"
  | "view-retry";
