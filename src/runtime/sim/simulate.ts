import type { Election } from "../core/election.js";
import { createVoterTagger, voterTagBytes } from "../core/voter/voter-tag.js";
import { ClockCheck } from "../time/clock-check.js";
import type { loadMemoryEngines } from "../wiring/memory-engines.js";
import { type FaultKind, FaultPlan } from "./faults/fault-plan.js";
import type { Limits } from "./faults/limits.js";
import { Network } from "./faults/network.js";
import {
  acknowledgedAreDecidedOnce,
  noAcknowledgedIsClosedOut,
  nothingIsInvented,
  type Outcome,
  oneIsCountedForEachVoter,
} from "./promises/acknowledged.js";
import { Watch } from "./promises/always.js";
import { auditWire, decisionsOf } from "./promises/evidence.js";
import { officialIsTheCertificates, recountAgrees, viewShowsTheLedger } from "./promises/result.js";
import { checkAtOnce } from "./roles/host-keys.js";
import { Story } from "./story/story.js";
import { Dice } from "./time/dice.js";
import { Scheduler } from "./time/scheduler.js";
import { Trace } from "./time/trace.js";
import { VirtualProcess } from "./time/virtual-process.js";
import { World } from "./world/world.js";

/** What `loadMemoryEngines` gives: new stores for each simulation. */
export type NewStores = Awaited<ReturnType<typeof loadMemoryEngines>>;

/** How large a simulation is, in what `Limits` may keep smaller. */
export type SimulationSize = Required<Omit<Limits, "faults">>;

/** What one seed led to. */
export interface Simulation {
  readonly seed: number;
  /** How much of everything there was. */
  readonly size: SimulationSize;
  /** The promises that were broken, in words; none if all is well. */
  readonly broken: readonly string[];
  /** SHA-256 of the event log. */
  readonly digest: string;
  readonly events: number;
  readonly virtualMs: number;
  readonly acknowledged: number;
  readonly decided: number;
  /** How often each kind of fault happened. */
  readonly fired: ReadonlyMap<FaultKind, number>;
  /** How often the system was in states that are worth reaching. */
  readonly reached: ReadonlyMap<string, number>;
}

/** With faults ended, everything is decided and certified within this. */
const livenessBoundMs = 300_000;
/** What was still under way arrives, and must change nothing any more. */
const afterwardsMs = 25_000;

/** How to simulate. */
export interface SimulateOptions {
  readonly limits?: Limits;
  /** Gets each line of the event log. */
  readonly print?: ((line: string) => void) | undefined;
  /** What has to hold in the end, beside the promises. */
  readonly alsoCheck?: (world: World, outcome: Outcome) => void;
}

/** Lives through an election with the faults that a seed draws, and checks the promises. */
export async function simulate(
  seed: number,
  newStores: NewStores,
  { limits = {}, print, alsoCheck }: SimulateOptions = {},
): Promise<Simulation> {
  const dice = new Dice(`simulation ${seed}`);
  const scheduler = new Scheduler(dice.of("scheduler"));
  const trace = new Trace(print);
  const faults = new FaultPlan(dice.of("faults"), limits.faults);
  const network = new Network({ scheduler, dice, faults, trace });
  const pollMs = dice.pick([50, 100, 200]);
  const stores = newStores();
  const world = new World(
    ...([scheduler, dice, trace, faults, network, stores] as const),
    ...([checkAtOnce(), pollMs, limits] as const),
  );
  const unhandled = (error: unknown) =>
    world.breaks("No failure goes unnoticed", `unhandled: ${world.wordsFor(error)}`);
  process.on("unhandledRejection", unhandled);
  try {
    const story = new Story(world);
    const watch = new Watch(world, story.election);
    const run = (untilMs: number, over = () => false) =>
      scheduler.run(untilMs, () => {
        watch.look();
        return over();
      });
    await run(story.faultsEndAtMs);
    story.endFaults();
    await run(story.faultsEndAtMs + livenessBoundMs, () => story.isOver);
    const { isOver, whatIsLeft } = story;
    await run(scheduler.nowMs + afterwardsMs);
    const { outcome, isUncertifiable } = await check(world, story);
    alsoCheck?.(world, outcome);
    if (!isOver && !isUncertifiable) {
      world.breaks("With faults ended, everything is decided and certified", whatIsLeft);
    }
    return {
      ...{ seed, size: story.size, broken: world.broken, digest: trace.digest() },
      ...{ events: scheduler.events, virtualMs: scheduler.nowMs },
      ...{ acknowledged: outcome.acknowledged.length, decided: outcome.decided.length },
      ...{ fired: faults.fired, reached: world.reached },
    };
  } finally {
    process.off("unhandledRejection", unhandled);
  }
}

interface Checked {
  readonly outcome: Outcome;
  /** For a reason that was noticed, as it has to be. */
  readonly isUncertifiable: boolean;
}

async function check(world: World, story: Story): Promise<Checked> {
  const auditor = auditorOf(world, story);
  const election = await auditor.registry.get(story.election);
  const { acknowledged, votes } = story.voters;
  const { garbage, altered } = story;
  if (election === undefined) {
    const outcome = { acknowledged, votes, decided: [], garbage, altered, tagOf: () => "" };
    return { outcome, isUncertifiable: false };
  }
  const tagOf = await taggerOf(story, election);
  const decided = decisionsOf(world.stores, election);
  const outcome = { acknowledged, votes, decided, garbage, altered, tagOf };
  acknowledgedAreDecidedOnce(world, outcome);
  noAcknowledgedIsClosedOut(world, outcome);
  oneIsCountedForEachVoter(world, outcome);
  nothingIsInvented(world, outcome);
  const isUncertifiable = await recountAgrees(world, auditor, election, outcome);
  viewShowsTheLedger(world, election);
  await officialIsTheCertificates(world, auditor, election);
  return { outcome, isUncertifiable };
}

function auditorOf(world: World, story: Story) {
  const { clock } = new VirtualProcess("auditor", world.scheduler, () => 0);
  const keys = story.keys;
  const clocks = new ClockCheck(0);
  return world.stores.open({ id: "auditor", wire: auditWire, clock, keys, clocks, pollMs: 1_000 });
}

async function taggerOf(story: Story, election: Election): Promise<(voter: string) => string> {
  const tagger = createVoterTagger(await story.keys.electionKey(election));
  const tag = Buffer.alloc(voterTagBytes);
  return (voter) => {
    tagger.write(voter, tag, 0);
    return tag.toString("hex");
  };
}
