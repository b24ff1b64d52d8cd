import type { RoleName, RoleStatus } from "../../contracts/http/status.js";

/** One value of a metric at the time of a scrape. */
export interface Sample {
  readonly value: number;
  readonly labels?: Readonly<Record<string, string | number>>;
}

/** What is read from a role's status at a scrape: nothing is counted for Prometheus alone. */
export interface MetricDefinition<Role extends RoleName = RoleName> {
  /** With its unit: `vote_tally_lag_seconds`. Counters end with `_total`. */
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge";
  /** Never who voted, how, or from where. */
  readonly labels?: readonly string[];
  /** How several processes of one role make one value. Default: their sum. */
  readonly acrossProcesses?: "sum" | "max";
  /** @returns no sample while the value is not known */
  readonly read: (status: RoleStatus<Role>) => readonly Sample[];
}

/** The sample of a metric that has one value, or none while that is not known. */
export function single(value: number | null): readonly Sample[] {
  return value === null ? [] : [{ value }];
}

/** The same, of a time in milliseconds. */
export function seconds(milliseconds: number | null): readonly Sample[] {
  return single(milliseconds === null ? null : milliseconds / 1_000);
}
