import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type EngineChoice, engineArgs } from "../config/engine-choice.js";
import type { HostFacts } from "../contracts/load/host-facts.js";
import type { Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import { instanceOf } from "../core/formats/definition.js";
import { signFrames } from "../keys/frame-signature.js";
import { Account } from "../load/measure/account.js";
import { BallotPlan } from "../load/plan/ballot-plan.js";
import { type Chunk, FrameWriter, maxChunkBallots } from "../load/send/log/frame-writer.js";
import { runningServers } from "../local-cluster/state.js";
import { startRole } from "../processes/role-process.js";
import { cpuSecondsOfAll } from "../telemetry/cpu.js";
import { hostFacts } from "../telemetry/host.js";
import { noWatch, type WorkWatch } from "../telemetry/work-watch.js";
import type { PartitionView } from "../view/port.js";
import type { Engine } from "../wiring/engine.js";
import { certifyScratchElection, scratchElection, withScratchEngine } from "./scratch/scratch.js";
import { type Throughput, timed } from "./scratch/throughput.js";

/** Options of `benchPipeline`. */
export interface PipelineBenchOptions {
  /** Ballots to send, without the retries. */
  readonly votes: number;
  readonly partitions: number;
  /** Tally processes that share the partitions. */
  readonly tallies: number;
  /** Default: embedded. */
  readonly engine?: Pick<EngineChoice, "engine" | "config">;
  /** Hears how far it has come. */
  readonly watch?: WorkWatch;
}

/** Timed from the first append until the view shows the last vote. */
interface PipelineBenchRecord
  extends Omit<PipelineBenchOptions, "engine" | "watch">,
    Throughput,
    Totals {
  readonly bench: "pipeline";
  readonly engine: Engine["name"];
  readonly host: HostFacts;
}

/** Bound on unanswered appends, enough to gather while the disk flushes. */
const maxAppends = 8;
/** How long the pipeline may make no progress before the bench gives up. */
const standstillMs = 30_000;

/**
 * Measures the whole pipeline at full speed, with 5 % second votes and 1 % retries. A generator in
 * this process appends frames to the durable log; tally processes dedup, count, chain and store
 * segments; the clock stops when the view shows the last vote.
 *
 * @throws VoteError `recount-mismatch` if the view does not show exactly what was sent
 */
export function benchPipeline(options: PipelineBenchOptions): Promise<PipelineBenchRecord> {
  const { votes, partitions, tallies: tallyCount, watch = noWatch } = options;
  return withScratchEngine(async (engine, choice) => {
    const election = await scratchElection(engine, partitions, benchElection(engine));
    const { id } = election;
    const args = [...engineArgs(choice), "--log-level", "warn"];
    const tallies = await Promise.all(
      Array.from({ length: tallyCount }, () => startRole({ role: "tally", args })),
    );
    try {
      const servers = engine.name === "cluster" ? await runningServers() : [];
      // The generator, which is this process, and local servers take their part of the CPU too.
      const pids = [process, ...tallies, ...servers].map(({ pid }) => pid);
      const account = newAccount(votes);
      const work = async () => {
        watch.begin("Sending", votes, "votes");
        await generate(engine, account, election, watch);
        watch.begin("Waiting for the tally", undefined, "records");
        return untilVisible(engine, id, partitions, watch);
      };
      const cpuNow = () => cpuSecondsOfAll(pids);
      const { result: totals, ...throughput } = await timed(votes, work, cpuNow);
      requireExact(account, totals);
      await certifyScratchElection(engine, id, watch);
      return {
        bench: "pipeline",
        engine: engine.name,
        votes,
        partitions,
        tallies: tallyCount,
        ...throughput,
        ...totals,
        host: hostFacts(),
      };
    } finally {
      await Promise.all(tallies.map((tally) => tally.stop()));
    }
  }, options.engine);
}

/** Makes a new id for each run, because a cluster keeps the earlier ones. */
function benchElection({ name }: Engine): string {
  return name === "cluster" ? `bench-${Date.now().toString(36)}` : "bench";
}

function newAccount(votes: number): Account {
  return new Account(
    new BallotPlan({
      seed: 1,
      stream: "bench",
      total: votes,
      weights: [5, 3, 2],
      secondVoteShare: 0.05,
      retryShare: 0.01,
      minLag: 1_000_000,
      lagSpread: 1_000_000,
    }),
  );
}

async function generate(
  { log, keys }: Engine,
  account: Account,
  election: Election,
  watch: WorkWatch,
) {
  const { id, partitions } = election;
  const topic = { election: id, instance: instanceOf(election), partitions };
  const key = await keys.signingKey("frames");
  const producer = { producerId: randomBytes(16), keyId: key.idBytes };
  const writer = new FrameWriter({ account, ...topic, ...producer });
  const maxChunk = maxChunkBallots(partitions);
  const underWay = new Set<Promise<void>>();
  const send = async (chunk: Chunk): Promise<void> => {
    await signFrames(chunk.frames, key);
    await log.append(chunk.frames);
    account.acknowledgeRange(chunk.from, chunk.to, chunk.firstVotes);
    writer.release(chunk);
    void watch.done(chunk.to - chunk.from);
  };
  while (account.sent < account.plan.total) {
    while (underWay.size >= maxAppends) await Promise.race(underWay);
    const count = Math.min(maxChunk, account.plan.total - account.sent);
    const append: Promise<void> = send(writer.write(count, Date.now())).finally(() =>
      underWay.delete(append),
    );
    underWay.add(append);
  }
  await Promise.all(underWay);
}

interface Totals {
  readonly counted: number;
  readonly rejected: number;
  readonly retriesAbsorbed: number;
}

async function untilVisible(
  engine: Engine,
  election: string,
  partitions: number,
  watch: WorkWatch,
): Promise<Totals> {
  const ends = await Promise.all(
    Array.from({ length: partitions }, (_, partition) => engine.log.end(election, partition)),
  );
  let lastSum = -1;
  let movedAt = performance.now();
  for (;;) {
    const { partitions: figures } = await engine.view.get(election);
    const sum = figures.reduce((total, { position }) => total + position, 0);
    if (
      figures.length === partitions &&
      figures.every((one) => one.position >= ends[one.partition])
    )
      return totalsOf(figures);
    if (sum !== lastSum) movedAt = performance.now();
    if (lastSum !== -1) void watch.done(sum - lastSum);
    lastSum = sum;
    if (performance.now() - movedAt > standstillMs) {
      throw new VoteError(
        "view-unavailable",
        "The view no longer changes; the tally's log above says more.",
      );
    }
    await sleep(5);
  }
}

function totalsOf(figures: readonly PartitionView[]): Totals {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    counted: sum(figures.map(({ counts }) => sum(counts))),
    rejected: sum(figures.map(({ rejections }) => sum(rejections))),
    retriesAbsorbed: sum(figures.map((one) => one.retriesAbsorbed)),
  };
}

function requireExact(account: Account, totals: Totals): void {
  const firsts = account.firstVotes.reduce((total, votes) => total + votes, 0);
  const exact =
    totals.counted === firsts &&
    totals.rejected === account.secondVotesAcknowledged &&
    totals.retriesAbsorbed === account.retriesSent;
  if (exact) return;
  throw new VoteError(
    "recount-mismatch",
    `Sent ${firsts} first votes, ${account.secondVotesAcknowledged} second votes and ` +
      `${account.retriesSent} retries; the view says ${JSON.stringify(totals)}.`,
  );
}
