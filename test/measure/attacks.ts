/**
 * Has every attack of the corpus run beside an honest stream, one after the other, against one
 * ingest, one tally and one serve:
 *
 *   npx tsx test/measure/attacks.ts [--rps 200] [--seconds 20] [--only NAME]
 *
 * Prints a table in Markdown, and whether the view has each honest ballot, one of each attacker
 * with a good token, and none of the forgers. The attackers run in a process of their own.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { hostFacts } from "../../src/runtime/telemetry/host.js";
import { type Arena, openArena } from "../helpers/attack/arena.js";
import type { Harm, Size } from "../helpers/attack/attack.js";
import { corpus } from "../helpers/attack/corpus.js";
import { type HonestOutcome, HonestVoters } from "../helpers/attack/honest.js";
import { later, type Places } from "../helpers/attack/places.js";
import { choices, type Site } from "../helpers/attack/site.js";

const size: Size = {
  ...{ connections: 2_000, pipelining: 200, batchBodies: 300, atOnce: 500, ballotIds: 200_000 },
  ...{ addresses: 1_000, perSecond: 5_000, workers: 64, requests: 0 },
};
const limits = ["--max-connections-per-address", "1000", "--max-rps-per-address", "500"];

const columns = [
  ...["attack", "honest sent", "acknowledged", "sent again", "p50 ms", "p99 ms"],
  ...["peak MB: ingest, serve, tally", "answers to the attack"],
];

const { values } = parseArgs({
  options: {
    rps: { type: "string", default: "200" },
    seconds: { type: "string", default: "20" },
    only: { type: "string" },
    /** For a process of this program's own: attacks until its standard input ends. */
    attack: { type: "string" },
    site: { type: "string", default: "{}" },
  },
});

if (values.attack === undefined) await measureAll();
else await attack(values.attack, JSON.parse(values.site) as Site);

async function attack(name: string, site: Site): Promise<void> {
  const one = corpus.find((each) => each.name === name);
  if (one === undefined) throw new Error(`no attack has the name ${name}`);
  const assault = await one.begin(site, size);
  console.log("begun");
  await text(process.stdin);
  console.log(JSON.stringify(await assault.end()));
  process.exit(0);
}

async function measureAll(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), "vote-attacks-"));
  const arena = await openArena({ dataDir, ingestArgs: limits });
  try {
    await measureEach(arena);
  } finally {
    await arena.stop();
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

async function measureEach(arena: Arena): Promise<void> {
  const perSecond = Number(values.rps);
  const ballots = perSecond * Number(values.seconds);
  const voters = new HonestVoters(arena.site);
  const warm = await voters.vote(perSecond, perSecond);
  let { places }: { places: Places } = warm;
  const due = {
    ...{ [choices.honest]: warm.acknowledged, [choices.attacker]: 0, [choices.forger]: 0 },
  };
  console.log(JSON.stringify(hostFacts()));
  console.log(`| ${columns.join(" | ")} |\n| ${columns.map(() => "-").join(" | ")} |`);
  for (const name of [undefined, ...corpus.map((one) => one.name), undefined]) {
    if (values.only !== undefined && name !== undefined && name !== values.only) continue;
    arena.forgetPeaks();
    const running = name === undefined ? undefined : await begin(name, arena.site);
    const outcome = await voters.vote(ballots, perSecond);
    const harm = await running?.end();
    const peaks = Object.values(arena.peaks()).join(", ");
    console.log(rowOf(name ?? "none", outcome, peaks, harm));
    due[choices.honest] += outcome.acknowledged;
    due[choices.attacker] += harm?.voters ?? 0;
    places = later(later(places, outcome.places), harm?.places ?? {});
  }
  const votes = await arena.votes(places);
  console.log(`due: ${JSON.stringify(due)}\nin the view: ${JSON.stringify(votes)}`);
  if (Object.entries(due).some(([choice, count]) => votes[choice] !== count)) process.exitCode = 1;
}

function rowOf(name: string, outcome: HonestOutcome, peaks: string, harm?: Harm): string {
  const { sent, acknowledged, resent, latencies } = outcome;
  const at = (share: number) => latencies[Math.floor(share * (latencies.length - 1))].toFixed(0);
  const answers = Object.entries(harm?.answers ?? {}).map(([code, count]) => `${count} ${code}`);
  const cells = [name, sent, acknowledged, resent, at(0.5), at(0.99), peaks, answers.join(", ")];
  return `| ${cells.join(" | ")} |`;
}

async function begin(name: string, site: Site) {
  const self = [...process.execArgv, fileURLToPath(import.meta.url)];
  const args = ["--attack", name, "--site", JSON.stringify(site)];
  const child = spawn(process.execPath, [...self, ...args]) as ChildProcessWithoutNullStreams;
  child.stderr.pipe(process.stderr);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async () => {
    const { done, value } = await lines.next();
    if (done) throw new Error(`the attackers ended: ${name}`);
    return value;
  };
  await line();
  return {
    async end(): Promise<Harm> {
      child.stdin.end();
      return JSON.parse(await line()) as Harm;
    },
  };
}
