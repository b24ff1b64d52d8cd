import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { scenarioJsonSchema } from "../../../../src/runtime/contracts/load/scenario-file.js";
import { VoteError } from "../../../../src/runtime/core/errors.js";
import { parseScenario } from "../../../../src/runtime/load/scenario/scenario.js";
import { readScenario } from "../../../../src/runtime/load/scenario/scenario-file.js";

const folder = join(import.meta.dirname, "../../../../scenarios");
const schema = JSON.parse(readFileSync(join(folder, "scenario.schema.json"), "utf8")) as object;
const validate = new Ajv2020({ strict: true, strictRequired: false, allErrors: true }).compile(
  schema,
);

const trace = "second,count\n0,5\n1,9\n";

const shipped = readdirSync(folder).flatMap((file) => /^(.*)\.yaml$/.exec(file)?.[1] ?? []);

function parserTakes(source: unknown): boolean {
  try {
    parseScenario(source, "any.yaml", () => trace);
    return true;
  } catch (error) {
    if (error instanceof VoteError) return false;
    throw error;
  }
}

type Fields = Readonly<Record<string, unknown>>;

const step = { atSeconds: 1, forSeconds: 2, votesPerSecond: 5, toVotesPerSecond: 9 };
const arrivals: readonly Fields[] = [
  { votesPerSecond: 7 },
  { shape: "constant", votesPerSecond: 7, spacing: "even" },
  { shape: "ramp", fromPerSecond: 0, toPerSecond: 7 },
  {
    shape: "spike",
    basePerSecond: 1,
    peakPerSecond: 7,
    atSeconds: 1,
    riseSeconds: 1,
    holdSeconds: 1,
    fallSeconds: 1,
  },
  { shape: "steps", steps: [step, { forSeconds: 1, votesPerSecond: 0 }] },
  { shape: "replay", file: "trace.csv", spacing: "poisson" },
];
const stream = {
  via: "http",
  connections: 4,
  batchBallots: 100,
  forgedShare: 0.5,
  bots: 3,
};
const rest = {
  name: "any",
  description: "Any",
  seed: 4,
  durationSeconds: 10,
  ...stream,
  streams: [{ name: "log", via: "log", votesPerSecond: 3 }],
  voters: 1_000_000,
  candidates: [{ id: "soup", name: "Soup", weight: 3 }],
  secondVoteShare: 0.05,
  retryShare: 0.01,
  partitions: 4,
  thresholds: {
    acknowledged: ["p(99)<250ms", " max <= 1s"],
    acknowledged_raw: "avg<1e3",
    visible: "p(99.9)<=1s, med<100ms",
    schedule_lag: "min<5us",
    votes: ["rate>=10.5"],
    accepted: "count===7",
    ballots: "lost==0, double!=1",
  },
  faults: [
    { atSeconds: 1, action: "kill", role: "tally" },
    { atSeconds: 2, action: "pause", role: "ingest", forSeconds: 1 },
    { atSeconds: 3, action: "kill", role: "kafka", forSeconds: 1 },
  ],
};
/** Every field of the format in one of them. */
const whole: readonly Fields[] = [
  { ...rest, votesPerSecond: 5 },
  ...arrivals.map((each) => ({ ...rest, arrivals: each })),
];

/** Where a value stands in a scenario: `faults`, 0, `role`. */
type Path = readonly (string | number)[];

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, at]) => pathsOf(at, [...path, key]))];
}

/** A copy with another value at a path; `undefined` leaves it out. */
function changed(source: unknown, path: Path, value: unknown): unknown {
  if (path.length === 0) return value;
  const [key, ...below] = path;
  const copy = structuredClone(source) as Record<string, unknown>;
  const next = changed(copy[key], below, value);
  if (next === undefined && Array.isArray(copy)) copy.splice(Number(key), 1);
  else if (next === undefined) delete copy[key];
  else copy[key] = next;
  return copy;
}

const others = fc.oneof(
  fc.constantFrom<unknown>(undefined, "", " ", "log", "Log!", "kill", "spike", [], {}, true, -1, 0),
  fc.constantFrom<unknown>("lost==0", "p(99)<1", "rate>2,count<9", "p(101)<1", "avg<", "max<1m"),
  fc.constantFrom<unknown>(0.5, 1, 1.5, 1e12, [{}], [7], { shape: "ramp" }, "x".repeat(40)),
);

describe("the scenarios' JSON Schema", () => {
  it("is the one that `npm run docs` makes of the contract", () => {
    expect(schema).toEqual(scenarioJsonSchema());
  });

  it.each(shipped)("and the parser take %s", async (name) => {
    const text = readFileSync(join(folder, `${name}.yaml`), "utf8");
    expect(text).toMatch(/^# yaml-language-server: \$schema=scenario\.schema\.json\n# /);
    expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true);
    expect((await readScenario(name)).description).not.toBe("");
  });

  it("and the parser know the same fields", () => {
    for (const source of whole) {
      expect(validate(source), JSON.stringify(validate.errors)).toBe(true);
      expect(parserTakes(source)).toBe(true);
      for (const path of pathsOf(source)) {
        const at = valueAt(source, path);
        if (typeof at !== "object" || Array.isArray(at)) continue;
        const misspelt = changed(source, [...path, "nonsense"], 1);
        expect(validate(misspelt), path.join(".")).toBe(false);
        expect(parserTakes(misspelt), path.join(".")).toBe(false);
      }
    }
  });

  it("agrees with the parser on any value anywhere", () => {
    const anyChange = fc
      .constantFrom(...whole)
      .chain((source) =>
        fc.tuple(fc.constant(source), fc.constantFrom(...pathsOf(source)), others),
      );
    fc.assert(
      fc.property(anyChange, ([source, path, value]) => {
        const other = changed(source, path, value);
        fc.pre(other !== undefined && isWithinTheRun(other));
        expect(parserTakes(other), JSON.stringify(other)).toBe(validate(other));
      }),
      { numRuns: 2_000 },
    );
  });
});

function valueAt(source: unknown, path: Path): unknown {
  return path.reduce((value, key) => (value as Record<string, unknown>)[key], source);
}

/** What only several fields together make wrong, a schema cannot say. */
function isWithinTheRun(source: unknown): boolean {
  try {
    parseScenario(source, "any.yaml", () => trace);
    return true;
  } catch (error) {
    const { message = "", hint = "" } = error as VoteError;
    const together =
      /lasts until|before the one above|let nobody vote|cannot cast|are called|votes in all/;
    return !(together.test(message) || / to 10\.$| to 0\.5\.$| to 1(\.5)?\.$/.test(hint));
  }
}
