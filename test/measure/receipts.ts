/**
 * Receipts of a run: asked for by single voters over HTTP, then verified offline by `vote audit
 * receipt` and by the second program in Go, and once more against the ledger:
 *
 *   npx tsx test/measure/receipts.ts [--ballots 100000]
 *
 * Prints one object of JSON. Wants Go, and builds the verifier into the run's own directory.
 */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { json } from "node:stream/consumers";
import { finished } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { openKeyDirectory } from "../../src/runtime/keys/key-directory.js";
import { tokenIssuer } from "../../src/runtime/keys/tokens.js";
import { hostFacts } from "../../src/runtime/telemetry/host.js";
import { devScene } from "../helpers/dev-scene.js";

const { values } = parseArgs({ options: { ballots: { type: "string", default: "100000" } } });
const ballots = Number(values.ballots);
const connections = 64;
const verifier = fileURLToPath(new URL("../../verifier/", import.meta.url));
const run = promisify(execFile);

const { box, facts, vote } = await devScene("receipts", "Receipts", ["yes=Yes", "no=No"]);

const agent = new Agent({ keepAlive: true, maxSockets: connections });
const secret = await openKeyDirectory(`${facts.dataDir}/keys`).tokenSecret();
const tokenOf = tokenIssuer({
  ...{ secret, scope: "vote", election: "receipts", expiresInSeconds: 3_600, nowMs: Date.now() },
});

/** One voter's ballot. @returns the receipt */
function voted(voter: number): Promise<string> {
  const ballot = {
    choice: voter % 3 === 0 ? "no" : "yes",
    ballotId: randomBytes(16).toString("hex"),
  };
  const headers = {
    authorization: `Bearer ${tokenOf(`voter-${voter}`)}`,
    "content-type": "application/json",
    prefer: "receipt",
  };
  return new Promise((resolve, reject) => {
    const asked = request(`${facts.ingest}/v1/elections/receipts/ballots`, {
      ...{ agent, headers, method: "POST" },
    });
    asked.once("error", reject);
    asked.once("response", (answer) => {
      json(answer).then((body) => {
        const { receipt } = body as { receipt?: string };
        if (receipt === undefined) reject(new Error(`${answer.statusCode}: no receipt`));
        else resolve(receipt);
      }, reject);
    });
    asked.end(JSON.stringify(ballot));
  });
}

async function timed<T>(work: () => Promise<T>): Promise<{ seconds: number; result: T }> {
  const startedAt = performance.now();
  const result = await work();
  return { seconds: Math.round(performance.now() - startedAt) / 1_000, result };
}

const perSecond = (seconds: number) => Math.round(ballots / seconds);

try {
  const file = `${box.path}/receipts.txt`;
  const keys = `${box.path}/vote-keys.json`;
  const answer = await fetch(`${facts.ingest}/.well-known/vote-keys.json`);
  await writeFile(keys, await answer.text());
  const voting = await timed(async () => {
    const receipts = createWriteStream(file);
    let next = 0;
    const voter = async () => {
      while (next < ballots) receipts.write(`${await voted(next++)}\n`);
    };
    await Promise.all(Array.from({ length: connections }, voter));
    receipts.end();
    await finished(receipts);
  });
  const offline = await timed(() => vote("audit", "receipt", file, "--keys", keys, "--json"));
  const binary = `${box.path}/vote-verify`;
  await run("go", ["build", "-o", binary, "."], { cwd: verifier });
  const second = await timed(() => run(binary, ["receipts", "--keys", keys, file]));
  await vote("election", "close", "receipts");
  await vote("recount", "--election", "receipts");
  const audit = ["audit", "receipt", file, "--data-dir", facts.dataDir, "--json"];
  const ledger = await timed(() => vote(...audit));
  const report = {
    host: hostFacts(),
    ballots,
    voting: { seconds: voting.seconds, perSecond: perSecond(voting.seconds) },
    offline: { seconds: offline.seconds, ...JSON.parse(offline.result) },
    go: { seconds: second.seconds, says: second.result.stdout.trim() },
    ledger: { seconds: ledger.seconds, ...JSON.parse(ledger.result) },
  };
  console.log(JSON.stringify(report, null, 2));
} finally {
  agent.destroy();
  await box.remove();
}
