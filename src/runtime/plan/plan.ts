import type { Constant, ConstantName, Constants } from "./constants.js";
import { flowAt, recommendedPartitions } from "./flow.js";
import { type PlanInput, type RolePlan, type Sizing, totalOf } from "./input.js";
import { planRoles } from "./roles.js";

/** What `vote plan --json` prints; documented in docs/json.md. */
export interface Plan {
  readonly votesPerSecond: number;
  readonly voters: number;
  readonly viewers: number;
  readonly candidates: number;
  readonly via: PlanInput["via"];
  readonly utilization: number;
  readonly durationSeconds: number;
  readonly averagePerSecond: number;
  readonly partitions: number;
  readonly recommendedPartitions: number;
  /** At the peak. */
  readonly flow: Flow;
  readonly roles: readonly RolePlan[];
  readonly total: Omit<RolePlan, "role">;
  /** A tally that starts again reads its chains for so long. */
  readonly tallyStartSeconds: number;
  readonly recountSeconds: number;
  readonly warnings: readonly string[];
  readonly assumptions: readonly string[];
  readonly constants: Readonly<Record<string, Constant>>;
}

export interface Flow {
  readonly ballotsPerFrame: number;
  readonly framesPerSecond: number;
  readonly ballotsPerSegment: number;
  readonly segmentsPerSecond: number;
  readonly writeUnitsPerSecond: number;
  readonly writeUnitsPerPartition: number;
}

/** From what an election needs, and what a host does, to what it takes. Pure arithmetic. */
export function makePlan(input: PlanInput, constants: Constants): Plan {
  const value = (name: ConstantName) => constants[name].value;
  const recommended = recommendedPartitions(input.votesPerSecond, input, value);
  const partitions = input.partitions ?? recommended.partitions;
  const averagePerSecond = input.voters / (1 - value("secondVoteShare")) / input.durationSeconds;
  const sizing: Sizing = { ...input, partitions, averagePerSecond, value };
  const { roles, frames } = planRoles(sizing);
  const { units, commits } = flowAt(input.votesPerSecond, sizing);
  const tallies = processesOf(roles, "tally");
  const ledgerVotes = averagePerSecond * input.durationSeconds;
  const share = Math.ceil(partitions / tallies) / partitions;
  const plan = {
    votesPerSecond: input.votesPerSecond,
    voters: input.voters,
    viewers: input.viewers,
    candidates: input.candidates,
    via: input.via,
    utilization: input.utilization,
    durationSeconds: input.durationSeconds,
    averagePerSecond,
    partitions,
    recommendedPartitions: recommended.partitions,
    flow: {
      ballotsPerFrame: input.votesPerSecond / frames,
      framesPerSecond: frames,
      ballotsPerSegment: input.votesPerSecond / commits,
      segmentsPerSecond: commits,
      writeUnitsPerSecond: units,
      writeUnitsPerPartition: units / partitions,
    },
    roles,
    total: totalOf(roles),
    tallyStartSeconds: (ledgerVotes * share) / value("startVotesPerSecond"),
    recountSeconds: ledgerVotes / value("recountVotesPerCpuSecond"),
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

const grouped = (value: number) => Math.round(value).toLocaleString("en-US");

function warningsOf(
  plan: Planned,
  isEnough: boolean,
  value: (name: ConstantName) => number,
): string[] {
  const { partitions, recommendedPartitions: wanted, flow, utilization, roles } = plan;
  const warnings: string[] = [];
  const bound = value("unitsPerPartition");
  if (flow.writeUnitsPerPartition > bound) {
    const units = grouped(flow.writeUnitsPerPartition);
    warnings.push(
      `${partitions} partitions are too few: ${units} write units/s on one partition key, ` +
        `of ${grouped(bound)} allowed. Recommended: ${wanted}.`,
    );
  } else if (flow.writeUnitsPerPartition > bound * utilization) {
    warnings.push(
      `${partitions} partitions leave less headroom than asked for. Recommended: ${wanted}.`,
    );
  }
  if (!isEnough) {
    warnings.push(`${wanted} partitions are the most, and are too few at this rate and headroom.`);
  }
  const tallies = processesOf(roles, "tally");
  if (tallies > partitions) {
    warnings.push(
      `${tallies} tallies are needed, but no more than ${partitions} can share ` +
        `${partitions} partitions. Recommended: ${wanted} partitions.`,
    );
  }
  const [quota, fresh] = [value("unitsPerTable"), value("unitsOfNewTable")];
  const units = flow.writeUnitsPerSecond;
  if (units > quota) {
    warnings.push(
      `${grouped(units)} write units/s are over a table's default quota of ${grouped(quota)}: ` +
        "have it raised before the election.",
    );
  }
  if (units > fresh) {
    warnings.push(
      `A new on-demand table takes ${grouped(fresh)} write units/s at once, and here ` +
        `${grouped(units)} are needed: set its warm throughput before the election.`,
    );
  }
  const replicas = (partitions * value("replication")) / processesOf(roles, "log");
  if (replicas > value("maxReplicasPerBroker")) {
    warnings.push(`${grouped(replicas)} partition replicas on each broker are too many.`);
  }
  return warnings;
}

function assumptionsOf(plan: Planned, value: (name: ConstantName) => number): string[] {
  const { utilization, candidates, via } = plan;
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  const way = via === "http" ? "one by one over HTTP, each with a token" : "in gateways' batches";
  return [
    `Votes come ${way}; ${percent(value("secondVoteShare"))} of them are second votes.`,
    `What is measured for one core is used to ${percent(utilization)}; a Node.js process has one.`,
    "At least two processes of each role, three brokers and two Redis: one may die.",
    "Voters spread evenly over the partitions, as a keyed hash spreads them.",
    `An ingest gathers for ${value("gatherMs")} ms, a tally commits in ${value("commitMs")} ms.`,
    `A result has ${candidates} candidates; each viewer has a connection of its own, no CDN.`,
    "Servers run for the election's duration; storage is paid for one month.",
    "Prices: AWS, us-east-1, on demand, as listed in 2025, without discounts or tiers.",
    "The tally's figure includes log and ledger servers on the same host: it errs upwards.",
    "Figures of this host are not those of yours: `vote plan --measure` makes them so.",
  ];
}
