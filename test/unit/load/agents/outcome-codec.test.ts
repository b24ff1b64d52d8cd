import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createElection } from "../../../../src/runtime/core/election.js";
import {
  decodeOutcome,
  encodeOutcome,
  type ShareOfRun,
} from "../../../../src/runtime/load/agents/outcome-codec.js";
import { Account } from "../../../../src/runtime/load/measure/account.js";
import { BallotJournal, ChunkJournal } from "../../../../src/runtime/load/measure/journal.js";
import { emptyLatencies, type LoadOutcome } from "../../../../src/runtime/load/measure/outcome.js";
import { Timeline } from "../../../../src/runtime/load/measure/timeline.js";
import { scenarioShareOf } from "../../../../src/runtime/load/plan/share.js";
import { planStream } from "../../../../src/runtime/load/run/stream.js";
import { identityOf } from "../../../helpers/data/identity.js";
import { scenarioOf } from "../support.js";

const candidates = ["soup", "salad", "cake"].map((id) => ({ id, name: id }));
const draft = { id: "lunch", title: "Lunch", partitions: 4, createdAt: 0 };
const election = createElection({ ...draft, ...identityOf("lunch"), candidates });
const whole = scenarioOf({
  votesPerSecond: 400,
  streams: [{ name: "web", via: "http", votesPerSecond: 300 }],
});

/** What became of each ballot, and when; the stream is made from it. */
const fates = fc.array(
  fc.record({
    fate: fc.constantFrom("acknowledged", "refused", "unknown", "second"),
    partition: fc.nat(3),
    position: fc.nat(2 ** 40),
    at: fc.nat(100_000),
  }),
  { maxLength: 60 },
);

function streamOf(share: ShareOfRun, number: number, each: readonly Fate[]) {
  const spec = share.scenario.streams[number];
  const { plan, schedule } = planStream(spec, share);
  const account = new Account(plan);
  const chunks = new ChunkJournal(election.partitions);
  const ballots = new BallotJournal(plan.total);
  each.slice(0, plan.total).forEach(({ fate, partition, position, at }, index) => {
    account.sent++;
    if (fate === "second") account.secondVotes.add(index);
    if (fate === "refused") account.refuse(index, `code-${partition}`);
    else if (fate === "unknown") account.unknown++;
    else {
      account.acknowledge(index, partition % 3);
      const positions = [-1, -1, -1, -1];
      positions[partition] = position;
      chunks.add(index, index + 1, at, positions);
      ballots.add(index, partition, position, at);
    }
  });
  const journal = number === 0 ? chunks : ballots;
  return { spec, schedule, account, journal, lastSentMs: 5 };
}

interface Fate {
  readonly fate: string;
  readonly partition: number;
  readonly position: number;
  readonly at: number;
}

function outcomeOf(share: ShareOfRun, each: Fate[]): LoadOutcome {
  const latencies = emptyLatencies();
  const timeline = new Timeline(500);
  for (const { at, position } of each) {
    latencies.acknowledge.record(at / 7, 1 + (position % 5_000));
    latencies.scheduleLag.record(at / 1_000);
    timeline.count("sent", at, 1);
    timeline.latency("visible", at, at / 3, 2);
  }
  return {
    election: election.id,
    seed: share.seed,
    streams: [streamOf(share, 0, each), streamOf(share, 1, each)],
    startedAt: 1_700_000_000_000,
    durationMs: 700.5,
    sendingMs: 500,
    latencies,
    timeline,
    unsent: 3,
    interrupted: false,
    drained: true,
    generator: { name: "builtin", processes: 1, cpuSeconds: 1, busyShare: 0, limits: [], each: [] },
  };
}

/** Cut anywhere, as a network does. */
async function* cut(bytes: Buffer, every: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += every) yield bytes.subarray(at, at + every);
}

/** What a reconciliation can see of an outcome. */
function seen({ streams, latencies, timeline, ...plain }: LoadOutcome) {
  const percentiles = Object.values(latencies).map((one) => [one.count, one.summary()]);
  return {
    ...plain,
    percentiles,
    rows: timeline.rows(),
    streams: streams.map(({ spec, account, journal, lastSentMs }) => ({
      name: spec.name,
      lastSentMs,
      figures: account.pack(),
      ballots: Array.from({ length: account.sent }, (_, index) => [
        account.acknowledgedBallots.has(index),
        account.refusedBallots.has(index),
        account.secondVotes.has(index),
        account.plan.idOf(index).toString("hex"),
        [0, 1, 2, 3].map((partition) => journal.find(index, partition)),
      ]),
    })),
  };
}

const share = (seed: number): ShareOfRun => ({
  election,
  seed,
  scenario: scenarioShareOf(whole, 1, 2),
});

describe("an outcome on its way to the coordinator", () => {
  it("arrives as it was, however the bytes are cut", async () => {
    await fc.assert(
      fc.asyncProperty(
        fates,
        fc.nat(1_000),
        fc.integer({ min: 1, max: 5_000 }),
        async (each, seed, every) => {
          const outcome = outcomeOf(share(seed), each);
          const bytes = Buffer.concat([...encodeOutcome(outcome)]);
          const arrived = await decodeOutcome(cut(bytes, every), share(seed));
          expect(seen(arrived)).toEqual(seen(outcome));
        },
      ),
      { numRuns: 50 },
    );
  });

  it("is lost when it is cut short, too long, or of another run", async () => {
    const each = Array.from({ length: 40 }, (_, at) => ({
      fate: "acknowledged",
      partition: 1,
      position: at,
      at,
    }));
    const bytes = Buffer.concat([...encodeOutcome(outcomeOf(share(1), each))]);
    const lost = { code: "agent-lost" };
    for (let end = 0; end < bytes.length; end += 97) {
      const short = decodeOutcome(cut(bytes.subarray(0, end), 1_000), share(1));
      await expect(short).rejects.toMatchObject(lost);
    }
    const long = Buffer.concat([bytes, Buffer.alloc(1)]);
    await expect(decodeOutcome(cut(long, 1_000), share(1))).rejects.toMatchObject(lost);
    await expect(decodeOutcome(cut(bytes, 1_000), share(2))).rejects.toMatchObject(lost);
    const other = { ...share(1), scenario: scenarioShareOf(whole, 0, 2) };
    await expect(decodeOutcome(cut(bytes, 1_000), other)).rejects.toMatchObject(lost);
  });
});
