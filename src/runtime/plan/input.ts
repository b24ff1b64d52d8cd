import type { ConstantName } from "./constants.js";

/** Each role that runs our own code has at least two processes, so that one may die. */
export const fewestProcesses = 2;

/** What an election needs. */
export interface PlanInput {
  /** At the peak, including second votes. */
  readonly votesPerSecond: number;
  /** How many people vote. */
  readonly voters: number;
  readonly candidates: number;
  /** People who follow the result live, each over one connection. */
  readonly viewers: number;
  /** Events a second to each viewer. */
  readonly updatesPerSecond: number;
  readonly durationSeconds: number;
  /** The share of each limit to use, 0 to 1; the rest is headroom. */
  readonly utilization: number;
  readonly via: "http" | "http-batch";
  /** Default: the recommended number. */
  readonly partitions?: number;
}

/** The input with its defaults filled in, and a look-up of the constants. */
export interface Sizing extends PlanInput {
  readonly partitions: number;
  readonly averagePerSecond: number;
  readonly value: (name: ConstantName) => number;
}

/** What one role needs at the peak. */
export interface RolePlan {
  readonly role: "ingest" | "log" | "tally" | "ledger" | "view" | "serve" | "recount";
  /** 0 for a cloud service. */
  readonly processes: number;
  readonly cores: number;
  readonly busyCores: number;
  readonly memoryGiB: number;
  readonly networkMBPerSecond: number;
  /** What is stored when the election ends. */
  readonly diskGB: number;
  /** At the peak. */
  readonly dollarsPerHour: number;
  /** For the whole election and a month of storage. */
  readonly dollars: number;
}

/** Sums the plans of all roles. */
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
