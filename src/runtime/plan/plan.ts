import { formatCount, formatEstimate, formatPercent } from "../text/numbers.js";
import type { Constant, ConstantName, Constants } from "./constants.js";
import { flowAt, recommendedPartitions } from "./flow.js";
import { type PlanInput, type RolePlan, type Sizing, totalOf } from "./input.js";
import { planRoles } from "./roles.js";

/** What `vote plan --json` prints; documented in docs/reference/json.md. */
export interface Plan extends Omit<Sizing, "updatesPerSecond" | "value"> {
  readonly recommendedPartitions: number;
  /** At the peak. */
  readonly flow: Flow;
  readonly roles: readonly RolePlan[];
  readonly total: Omit<RolePlan, "role">;
  /** How long a tally that starts at the end of the election loads its chains. */
  readonly tallyStartSeconds: number;
  readonly recountSeconds: number;
  readonly warnings: readonly string[];
  readonly assumptions: readonly string[];
  readonly constants: Readonly<Record<string, Constant>>;
}

interface Flow {
  readonly ballotsPerFrame: number;
  readonly framesPerSecond: number;
  readonly ballotsPerSegment: number;
  readonly segmentsPerSecond: number;
  readonly writeUnitsPerSecond: number;
  readonly writeUnitsPerPartition: number;
}

/** Computes what an election takes, from its size and from what a host can do. */
export function makePlan(input: PlanInput, constants: Constants): Plan {
  const value = (name: ConstantName) => constants[name].value;
  const recommended = recommendedPartitions(input.votesPerSecond, input, value);
  const partitions = input.partitions ?? recommended.partitions;
  const averagePerSecond = input.voters / (1 - value("secondVoteShare")) / input.durationSeconds;
  const sizing: Sizing = { ...input, partitions, averagePerSecond, value };
  const { roles, frames, tallyStartSeconds, recountSeconds } = planRoles(sizing);
  const { units, commits } = flowAt(input.votesPerSecond, sizing);
  const { votesPerSecond, voters, viewers, candidates, via, utilization, durationSeconds } = input;
  const plan = {
    ...{ votesPerSecond, voters, viewers, candidates, via, utilization, durationSeconds },
    averagePerSecond,
    partitions,
    recommendedPartitions: recommended.partitions,
    flow: {
      ballotsPerFrame: votesPerSecond / frames,
      framesPerSecond: frames,
      ballotsPerSegment: votesPerSecond / commits,
      segmentsPerSecond: commits,
      writeUnitsPerSecond: units,
      writeUnitsPerPartition: units / partitions,
    },
    roles,
    total: totalOf(roles),
    tallyStartSeconds,
    recountSeconds,
  };
  return {
    ...plan,
    warnings: warningsOf(plan, recommended.isEnough, value),
    assumptions: assumptionsOf(plan, value),
    constants,
  };
}

function processesOf(roles: readonly RolePlan[], name: RolePlan["role"]): number {
  return roles.find(({ role }) => role === name)?.processes ?? 1;
}

type Planned = Omit<Plan, "warnings" | "assumptions" | "constants">;

function warningsOf(
  plan: Planned,
  isEnough: boolean,
  value: (name: ConstantName) => number,
): string[] {
  const { partitions, recommendedPartitions: wanted, flow, utilization, roles } = plan;
  const warnings: string[] = [];
  const limit = value("unitsPerPartition");
  if (flow.writeUnitsPerPartition > limit) {
    const units = formatCount(flow.writeUnitsPerPartition);
    warnings.push(
      `${partitions} partitions are too few: ${units} write units/s on one partition key, ` +
        `of ${formatCount(limit)} allowed. Recommended: ${wanted}.`,
    );
  } else if (flow.writeUnitsPerPartition > limit * utilization) {
    warnings.push(
      `${partitions} partitions leave less headroom than asked for. Recommended: ${wanted}.`,
    );
  }
  if (!isEnough) {
    warnings.push(`Even ${wanted} partitions, the maximum, are too few at this rate and headroom.`);
  }
  const tallies = processesOf(roles, "tally");
  if (tallies > partitions) {
    warnings.push(
      `${tallies} tallies are needed, but no more than ${partitions} can share ` +
        `${partitions} partitions. Recommended: ${wanted} partitions.`,
    );
  }
  const [quota, newTable] = [value("unitsPerTable"), value("unitsOfNewTable")];
  const units = flow.writeUnitsPerSecond;
  if (units > quota) {
    warnings.push(
      `${formatCount(units)} write units/s are over a table's default quota of ` +
        `${formatCount(quota)}: ask AWS to raise it before the election.`,
    );
  }
  if (units > newTable) {
    warnings.push(
      `A new on-demand table takes ${formatCount(newTable)} write units/s at first; this plan ` +
        `needs ${formatCount(units)}: raise its warm throughput before the election.`,
    );
  }
  const replicas = (partitions * value("replication")) / processesOf(roles, "log");
  if (replicas > value("maxReplicasPerBroker")) {
    warnings.push(`${formatCount(replicas)} partition replicas on each broker are too many.`);
  }
  return warnings;
}

function assumptionsOf(plan: Planned, value: (name: ConstantName) => number): string[] {
  const { utilization, candidates, via } = plan;
  const way =
    via === "http"
      ? "one by one over HTTP, each with a token and a receipt"
      : "in gateways' batches";
  const secondVotes = formatPercent(value("secondVoteShare"), 0);
  const used = formatPercent(utilization, 0);
  const readMB = formatEstimate((value("readUnitsPerPartition") * value("readUnitBytes")) / 1e6);
  return [
    `Votes arrive ${way}; ${secondVotes} of them are second votes.`,
    `Each core is used to ${used} of what was measured for it; a Node.js process has one core.`,
    "Each role has at least two processes, the log three brokers, the view two Redis servers: " +
      "one of each may die.",
    "A keyed hash spreads voters evenly over the partitions.",
    `An ingest gathers for ${value("gatherMs")} ms; under load, a partition commits every ` +
      `${Math.max(value("commitIntervalMs"), value("commitMs"))} ms.`,
    `DynamoDB reads ${readMB} MB/s from one partition key: a tally's start waits for its largest ` +
      "chain, a recount for one chain after the other.",
    `A result has ${candidates} candidates; every viewer connects directly, without a CDN.`,
    "Servers run as long as the election is open; storage is paid for one month.",
    "Prices: AWS, us-east-1, on demand, as listed in 2025, without discounts or tiers.",
    "The tally's rate includes log and ledger servers on the same host, so the plan errs upwards.",
    "The constants were measured on another host: `vote plan --measure` measures them on yours.",
  ];
}
