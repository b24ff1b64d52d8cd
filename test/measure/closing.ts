import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { hostFacts } from "../../src/runtime/telemetry/host.js";

/**
 * Closes elections in the middle of a load over http-batch, by hand and by schedule, against the
 * build of any checkout: how many acknowledged ballots are rejected as `election-closed`, and how
 * long it takes from the close to the last seal and to the official result. Some 15 s a round.
 *
 *   npx tsx test/measure/closing.ts --checkout . --rounds 10 --rate 50000
 *   npx tsx test/measure/closing.ts --checkout . --engine cluster --rounds 10 --rate 50000
 *
 * A cluster's servers must run: `vote services up`, here or where --config says.
 */
const { values } = parseArgs({
  options: {
    checkout: { type: "string", default: "." },
    engine: { type: "string", default: "embedded" },
    config: { type: "string" },
    rounds: { type: "string", default: "10" },
    rate: { type: "string", default: "50000" },
    seconds: { type: "string", default: "5" },
    partitions: { type: "string", default: "8" },
    how: { type: "string", default: "hand,schedule" },
  },
});

interface Round {
  readonly how: string;
  readonly acknowledged: number;
  readonly refused: number;
  readonly unknown: number;
  /** Acknowledged or unknown, as the recount has them: all of them without a fault. */
  readonly electionClosed: number;
  /** From the request to close, or from the closing time, to the last seal and to the result. */
  readonly sealedMs: number;
  readonly officialMs: number;
  readonly verdict: string;
}

const program = resolve(values.checkout, "bin/run.js");
const closeAfterMs = (Number(values.seconds) * 1_000) / 2;
/** A bound for each step, on a machine that other work shares. */
const waitMs = 180_000;

interface Site {
  readonly dataDir: string;
  readonly serve: string;
  readonly admin: string;
  readonly token: string;
}

const engineArgs = (dataDir: string) => [
  ...["--data-dir", dataDir, "--engine", values.engine],
  ...(values.config === undefined ? [] : ["--config", values.config]),
];

/** A `vote dev` of the checkout, ended afterwards. */
async function withDev<T>(work: (site: Site) => Promise<T>): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), "vote-closing-"));
  const args = [program, "dev", "--port", "0", "--no-certify", "--json", ...engineArgs(dataDir)];
  const dev = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const { serve, admin, tokens } = await readyLine(dev);
    return await work({ dataDir, serve, admin, token: tokens.admin });
  } finally {
    dev.kill("SIGTERM");
    const late = sleep(waitMs, undefined, { ref: false });
    if (dev.exitCode === null) await Promise.race([once(dev, "exit"), late]);
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

async function readyLine(dev: ChildProcess) {
  if (dev.stdout === null) throw new Error("vote dev has no output");
  for await (const line of createInterface({ input: dev.stdout })) {
    const said = JSON.parse(line) as {
      event: string;
      serve: string;
      admin: string;
      tokens: { admin: string };
    };
    if (said.event === "ready") return said;
  }
  throw new Error("vote dev ended before it was ready");
}

/** Runs a command of the checkout. @returns its JSON, whatever its exit code */
async function vote(...args: string[]): Promise<Record<string, unknown>> {
  const stdout = await new Promise<string>((done) => {
    execFile(
      process.execPath,
      [program, ...args, "--json"],
      { timeout: 2 * waitMs, maxBuffer: 2 ** 28 },
      (_error, output) => done(output),
    );
  });
  return JSON.parse(stdout) as Record<string, unknown>;
}

async function ask(site: Site, method: string, path: string, body?: object): Promise<void> {
  const response = await fetch(`${site.admin}/v1/admin/elections${path}`, {
    method,
    headers: {
      authorization: `Bearer ${site.token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
}

/** When the live result is as wanted, in milliseconds since the epoch. */
async function seen(
  site: Site,
  id: string,
  wanted: (result: Record<string, unknown>) => boolean,
): Promise<number> {
  for (const giveUpAt = Date.now() + waitMs; Date.now() < giveUpAt; await sleep(20)) {
    const response = await fetch(`${site.serve}/v1/elections/${id}/result`);
    if (wanted((await response.json()) as Record<string, unknown>)) return Date.now();
  }
  throw new Error(`${id}: not within ${waitMs} ms`);
}

async function round(site: Site, how: string, number: number): Promise<Round> {
  const id = `closing-${how}-${number}-${Date.now().toString(36)}`;
  const partitions = Number(values.partitions);
  const candidates = ["ana", "bruno", "clara"].map((name) => ({ id: name, name }));
  await ask(site, "POST", "", { id, title: id, candidates, partitions });
  await ask(site, "POST", `/${id}/open`);
  const load = vote(
    ...["load", ...engineArgs(site.dataDir), "--election", id, "--via", "http-batch"],
    ...["--rps", values.rate, "--duration", `${values.seconds}s`],
  );
  // The load has begun when its first votes show.
  const begunAt = await seen(site, id, ({ counted }) => Number(counted) > 0);
  const closesAt = begunAt + closeAfterMs;
  if (how === "schedule") await ask(site, "PUT", `/${id}/schedule`, { closesAt });
  await sleep(closesAt - Date.now());
  const closedAt = Date.now();
  if (how === "hand") await ask(site, "POST", `/${id}/close`);
  const sealedAt = await seen(site, id, (result) => result.sealedPartitions === partitions);
  // Both count: the recount waits for the load's own, which reads the same.
  const record = await load;
  const recountAt = Date.now();
  const recount = await vote("recount", ...engineArgs(site.dataDir), "--election", id);
  const officialAt = await seen(site, id, ({ official }) => official === true);
  const rejected = recount.rejected as Record<string, number>;
  return {
    how,
    acknowledged: Number(record.acknowledged),
    refused: Number(record.refused),
    unknown: Number(record.unknown),
    electionClosed: rejected["election-closed"] ?? 0,
    sealedMs: sealedAt - closedAt,
    officialMs: sealedAt - closedAt + (officialAt - recountAt),
    verdict: String(record.verdict),
  };
}

const rounds = await withDev(async (site) => {
  const done: Round[] = [];
  for (const how of values.how.split(",")) {
    for (let number = 1; number <= Number(values.rounds); number++) {
      const one = await round(site, how, number);
      console.error(JSON.stringify(one));
      done.push(one);
    }
  }
  return done;
});
const summary = values.how.split(",").map((how) => {
  const all = rounds.filter((one) => one.how === how);
  const range = (of: (one: Round) => number) => {
    const sorted = all.map(of).sort((one, other) => one - other);
    return `${sorted[0]}, ${sorted[sorted.length >> 1]}, ${sorted.at(-1)}`;
  };
  return {
    how,
    rounds: all.length,
    acknowledged: all.reduce((sum, one) => sum + one.acknowledged, 0),
    "closed out: least, median, most": range((one) => one.electionClosed),
    "sealed after ms": range((one) => one.sealedMs),
    "official after ms": range((one) => one.officialMs),
    passed: all.filter(({ verdict }) => verdict === "pass").length,
  };
});
console.table(summary);
console.log(JSON.stringify({ settings: values, rounds, host: hostFacts() }));
