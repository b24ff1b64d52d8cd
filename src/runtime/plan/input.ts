import type { ConstantName } from "./constants.js";

/** Of each role of ours: one may die. */
export const fewestProcesses = 2;

/** What an election needs. */
export interface PlanInput {
  /** At the peak; second votes included. */
  readonly votesPerSecond: number;
  /** Those who vote. */
  readonly voters: number;
  readonly candidates: number;
  /** Connections that follow the result live. */
  readonly viewers: number;
  /** Events a second to each of them. */
  readonly updatesPerSecond: number;
  readonly durationSeconds: number;
  /** Share of a bound that is used, 0 to 1. */
  readonly utilization: number;
  readonly via: "http" | "http-batch";
  /** Default: as many as recommended. */
  readonly partitions?: number;
}

/** The same with everything settled. */
export interface Sizing extends PlanInput {
  readonly partitions: number;
  readonly averagePerSecond: number;
  readonly value: (name: ConstantName) => number;
}

export const roleNames = ["ingest", "log", "tally", "ledger", "view", "serve", "recount"] as const;

/** What one role takes, at the peak. */
export interface RolePlan {
  readonly role: (typeof roleNames)[number];
  /** 0 where it is a service of the cloud. */
  readonly processes: number;
  readonly cores: number;
  readonly busyCores: number;
  readonly memoryGiB: number;
  readonly networkMBPerSecond: number;
  /** At the end of the election. */
  readonly diskGB: number;
  /** At the peak. */
  readonly dollarsPerHour: number;
  /** For the whole election, and a month of storage. */
  readonly dollars: number;
}

export function totalOf(roles: readonly RolePlan[]): Omit<RolePlan, "role"> {
  const sum = (name: Exclude<keyof RolePlan, "role">) =>
    roles.reduce((total, role) => total + role[name], 0);
  return {
    processes: sum("processes"),
    cores: sum("cores"),
    busyCores: sum("busyCores"),
    memoryGiB: sum("memoryGiB"),
    networkMBPerSecond: sum("networkMBPerSecond"),
    diskGB: sum("diskGB"),
    dollarsPerHour: sum("dollarsPerHour"),
    dollars: sum("dollars"),
  };
}
