import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planText } from "../../../src/cli/text/plan-text.js";
import { type ConstantName, defaultConstants } from "../../../src/runtime/plan/constants.js";
import { flowAt, recommendedPartitions } from "../../../src/runtime/plan/flow.js";
import type { PlanInput } from "../../../src/runtime/plan/input.js";
import { makePlan, type Plan } from "../../../src/runtime/plan/plan.js";

const constants = defaultConstants;
const value = (name: ConstantName) => constants[name].value;

const usual: PlanInput = {
  votesPerSecond: 250_000,
  voters: 300_000_000,
  viewers: 0,
  updatesPerSecond: 4,
  candidates: 10,
  durationSeconds: 3_789,
  utilization: 0.6,
  via: "http",
};

const plan = (changes: Partial<PlanInput> = {}) => makePlan({ ...usual, ...changes }, constants);
const role = ({ roles }: Plan, name: string) => {
  const found = roles.find((one) => one.role === name);
  if (found === undefined) throw new Error(`no role ${name}`);
  return found;
};

const inputs: fc.Arbitrary<PlanInput> = fc.record({
  votesPerSecond: fc.integer({ min: 1, max: 20_000_000 }),
  voters: fc.integer({ min: 1, max: 10_000_000_000 }),
  viewers: fc.integer({ min: 0, max: 100_000_000 }),
  updatesPerSecond: fc.integer({ min: 1, max: 10 }),
  candidates: fc.integer({ min: 1, max: 256 }),
  durationSeconds: fc.integer({ min: 1, max: 10_000_000 }),
  utilization: fc.double({ min: 0.05, max: 1, noNaN: true }),
  via: fc.constantFrom("http", "http-batch"),
});

describe("makePlan", () => {
  it("follows from the constants, by hand for 250,000 votes a second", () => {
    const made = plan({ partitions: 64 });
    // A commit every 80 ms: 12.5 a second on each partition, of 250,000 / 64 / 12.5 ballots.
    expect(made.flow.segmentsPerSecond).toBe(800);
    expect(made.flow.ballotsPerSegment).toBe(312.5);
    // 264 bytes of header, counts and hash, 41 a ballot: 13,077 bytes, 13 units.
    expect(made.flow.writeUnitsPerSecond).toBe(10_400);
    // 250,000 / 22,444 = 11.1 cores for requests; 23 x 64 x 100 = 147,200 frames take 2.5 more.
    expect(role(made, "ingest")).toMatchObject({ processes: 23, cores: 23 });
    expect(role(made, "ingest").busyCores).toBeCloseTo(11.139 + 2.453, 2);
    expect(made.flow.ballotsPerFrame).toBeCloseTo(250_000 / 147_200, 3);
    // 10,400 units for 3,600 s at $0.625 a million.
    expect(role(made, "ledger").dollarsPerHour).toBeCloseTo(23.4, 6);
    expect(role(made, "log").processes).toBeGreaterThanOrEqual(3);
    // 300 million voters and their second votes at 30.5 bytes, a quarter spare, in GiB.
    const tables = (((300e6 / 0.95) * 30.5) / 2 ** 30) * 1.25;
    expect(role(made, "tally").memoryGiB).toBeGreaterThan(tables);
    expect(made.warnings.join()).toContain("A new on-demand table takes 4,000");
  });

  it("commits as often as was counted at DynamoDB", () => {
    // docs/performance.md: in 5 s, 480 requests of 50,420 units at 250,000/s, 460 at
    // 10,000/s.
    const options = { partitions: 8, candidates: 5, value };
    const [high, low] = [flowAt(250_000, options), flowAt(10_000, options)];
    const ratios = [high.commits / (480 / 5), high.units / (50_420 / 5), low.commits / (460 / 5)];
    for (const ratio of ratios) expect(Math.abs(ratio - 1)).toBeLessThan(0.1);
  });

  it("reads no chain faster than DynamoDB reads one partition key", () => {
    const few = plan({ voters: 100_000_000, partitions: 32 });
    const keyBytesPerSecond = 3_000 * 4_096;
    const chain = (role(few, "ledger").diskGB * 1e9) / 32;
    expect(few.tallyStartSeconds).toBeGreaterThanOrEqual(chain / keyBytesPerSecond);
    // The recount reads one chain after the other.
    expect(few.recountSeconds).toBeCloseTo((32 * chain) / keyBytesPerSecond, 3);
    // With an unbounded key, the processor is the limit.
    const unbounded = { ...constants.readUnitsPerPartition, value: 1e9 };
    const free = makePlan(
      { ...usual, voters: 100_000_000, partitions: 32 },
      { ...constants, readUnitsPerPartition: unbounded },
    );
    expect(free.recountSeconds).toBeCloseTo(100e6 / 0.95 / 5_841_422, 3);
    expect(free.tallyStartSeconds).toBeCloseTo(100e6 / 0.95 / 2 / 4_000_000, 3);
  });

  it("never needs fewer cores, units, memory or dollars for more votes a second", () => {
    fc.assert(
      fc.property(inputs, fc.double({ min: 1, max: 50, noNaN: true }), (input, factor) => {
        const less = makePlan(input, constants);
        const more = makePlan(
          { ...input, votesPerSecond: input.votesPerSecond * factor },
          constants,
        );
        for (const name of ["ingest", "log", "tally", "serve"]) {
          expect(role(more, name).cores).toBeGreaterThanOrEqual(role(less, name).cores);
        }
        expect(more.total.cores).toBeGreaterThanOrEqual(less.total.cores);
        expect(more.partitions).toBeGreaterThanOrEqual(less.partitions);
      }),
    );
  });

  it("never needs less for more voters or viewers", () => {
    fc.assert(
      fc.property(inputs, fc.integer({ min: 1, max: 1_000 }), (input, factor) => {
        const less = makePlan({ ...input, partitions: 64 }, constants);
        const voters = makePlan(
          { ...input, partitions: 64, voters: input.voters * factor },
          constants,
        );
        expect(role(voters, "tally").memoryGiB).toBeGreaterThanOrEqual(
          role(less, "tally").memoryGiB,
        );
        expect(role(voters, "log").diskGB).toBeGreaterThanOrEqual(role(less, "log").diskGB);
        const viewers = makePlan({ ...input, viewers: input.viewers * factor }, constants);
        expect(role(viewers, "serve").cores).toBeGreaterThanOrEqual(role(less, "serve").cores);
      }),
    );
  });

  it("keeps every recommended partition within its write units, or says that it cannot", () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const made = makePlan(input, constants);
        const bound = value("unitsPerPartition") * input.utilization;
        const within = made.flow.writeUnitsPerPartition <= bound;
        const said = made.warnings.some((text) => text.includes("the maximum, are too few"));
        expect(within || said).toBe(true);
        expect(made.partitions).toBeLessThanOrEqual(1_024);
        if (!said) {
          expect(role(made, "tally").processes).toBeLessThanOrEqual(Math.max(2, made.partitions));
        }
        expect(Object.values(made.total).every((one) => Number.isFinite(one) && one >= 0)).toBe(
          true,
        );
      }),
    );
  });

  it("recommends no more partitions than needed", () => {
    const input = { candidates: 10, utilization: 0.6 };
    const { partitions } = recommendedPartitions(250_000, input, value);
    const half = { partitions: partitions / 2, candidates: 10, value };
    const { units, commits } = flowAt(250_000, half);
    const cores =
      250_000 / value("tallyVotesPerCpuSecond") + commits / value("commitsPerCpuSecond");
    const unitsFit = units / half.partitions <= 600;
    expect(unitsFit && Math.ceil(cores / 0.6) <= half.partitions).toBe(false);
  });

  it("counts no segment larger than a segment can be, and no unit less than one a segment", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.001, max: 1e9, noNaN: true }),
        fc.integer({ min: 1, max: 1_024 }),
        fc.integer({ min: 1, max: 256 }),
        (rate, partitions, candidates) => {
          const { commits, units, bytes } = flowAt(rate, { partitions, candidates, value });
          expect(bytes / commits).toBeLessThanOrEqual(350 * 1_024 + 1e-3);
          expect(units).toBeGreaterThanOrEqual(commits * (1 - 1e-9));
          expect(units * 1_024).toBeGreaterThanOrEqual(bytes * (1 - 1e-9));
        },
      ),
    );
  });

  it("warns of partitions that are too few, and of a table's quota", () => {
    const few = plan({ partitions: 4 }).warnings.join("\n");
    expect(few).toMatch(/4 partitions are too few: [\d,]+ write units\/s on one partition key/);
    expect(few).toContain("Recommended: 32.");
    const one = plan({ partitions: 1 }).warnings.join("\n");
    expect(one).toMatch(/2 tallies are needed, but no more than 1 can share 1 partitions/);
    const much = plan({ votesPerSecond: 2_000_000, partitions: 1_024 }).warnings.join("\n");
    expect(much).toContain("over a table's default quota of 40,000");
    expect(plan({ votesPerSecond: 1_000, voters: 1_000 }).warnings).toEqual([]);
  });

  it("makes batches cheaper than single votes, and receipts part of the answer", () => {
    const single = plan();
    const batch = plan({ via: "http-batch" });
    expect(role(batch, "ingest").cores).toBeLessThan(role(single, "ingest").cores);
    const without = { ...constants, receiptBytes: { ...constants.receiptBytes, value: 0 } };
    const fewer = makePlan(usual, without);
    const difference =
      role(single, "ingest").networkMBPerSecond - role(fewer, "ingest").networkMBPerSecond;
    expect(difference).toBeCloseTo((250_000 * constants.receiptBytes.value) / 1e6, 6);
  });
});

describe("planText", () => {
  it("fits 80 columns, whatever the plan", () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const text = planText(makePlan(input, constants));
        for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
      }),
    );
  });

  it("shows every role, the warnings and the assumptions", () => {
    const made = plan({ partitions: 4, viewers: 1_000_000 });
    const text = planText(made).replace(/\n {2}/g, " ");
    for (const { role: name } of made.roles) expect(text).toMatch(new RegExp(`^${name} `, "m"));
    for (const line of [...made.warnings, ...made.assumptions]) expect(text).toContain(line);
    expect(text).toContain("(recommended: 32)");
  });
});
