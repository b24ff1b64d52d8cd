/**
 * Looks up single ballots of a `vote dev` while votes come in, and afterwards; and counts what each
 * look-up reads of the ledger, by a finder that knows nothing yet and by one that knows its way:
 *
 *   npx tsx test/measure/look-ups.ts --rps 50000 --seconds 20
 */
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { BallotReceipt } from "../../src/runtime/contracts/http/ballot.js";
import type { BallotDecision } from "../../src/runtime/contracts/http/ballot-decision.js";
import { ballotBytes, readBallot } from "../../src/runtime/core/formats/ballot.js";
import { readReceipt } from "../../src/runtime/core/formats/receipt.js";
import { decodeSegment } from "../../src/runtime/core/formats/segment.js";
import { DecisionFinder } from "../../src/runtime/decisions/decision-finder.js";
import { openKeyDirectory } from "../../src/runtime/keys/key-directory.js";
import { tokenIssuer } from "../../src/runtime/keys/tokens.js";
import type { Ledger } from "../../src/runtime/ledger/port.js";
import { openEngine } from "../../src/runtime/wiring/engine.js";
import { devScene } from "../helpers/dev-scene.js";
import { ledgerWith } from "../helpers/faulty-ledger.js";

const { values } = parseArgs({
  options: {
    rps: { type: "string", default: "50000" },
    seconds: { type: "string", default: "20" },
  },
});
const election = "finale";
const names = ["aurora", "borealis", "cascade", "delta", "ember"];
const { box, facts, vote } = await devScene(election, "Look-ups", names);
const secret = await openKeyDirectory(`${facts.dataDir}/keys`).tokenSecret();
const claims = { scope: "vote", election, expiresInSeconds: 7_200, nowMs: Date.now() } as const;
const tokenOf = tokenIssuer({ secret, ...claims });

function summary(name: string, all: readonly number[], unit: string): string {
  const sorted = [...all].sort((one, other) => one - other);
  const at = (part: number) => sorted[Math.floor(part * (sorted.length - 1))].toFixed(1);
  return `${name}: ${all.length}, p50 ${at(0.5)}, p99 ${at(0.99)}, most ${at(1)} ${unit}`;
}

async function ask(ballotId: string, position: number, voterTag: Uint8Array, into: number[]) {
  const tag = Buffer.from(voterTag).toString("hex");
  const path = `/v1/elections/${election}/ballots/${ballotId}?position=${position}&voterTag=${tag}`;
  const from = performance.now();
  const answer = await fetch(facts.serve + path);
  const { outcome } = (await answer.json()) as BallotDecision;
  into.push(performance.now() - from);
  return outcome;
}

async function whileVotesComeIn(load: Promise<string>) {
  const [asked, decided]: number[][] = [[], []];
  let running = true;
  const ended = load.finally(() => {
    running = false;
  });
  for (let voter = 0; running; voter++) {
    const answer = await fetch(`${facts.ingest}/v1/elections/${election}/ballots`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${tokenOf(`look-up-${voter}`)}`,
        "content-type": "application/json",
        prefer: "receipt",
      },
      body: JSON.stringify({ choice: names[0] }),
    });
    if (answer.status !== 202) continue;
    const { ballotId, position, receipt = "" } = (await answer.json()) as BallotReceipt;
    const from = performance.now();
    const { voterTag } = readReceipt(receipt).ballot;
    while ((await ask(ballotId, position, voterTag, asked)) === "pending");
    decided.push(performance.now() - from);
  }
  await ended;
  console.log(summary("look-ups while votes come in", asked, "ms"));
  console.log(summary("from the 202 to the decision", decided, "ms"));
}

/** Ballots from all over the ledger, each with a position that its segment covers. */
async function someBallots(ledger: Ledger, partitions: number, count: number) {
  let stored = 0;
  const some = [];
  const lengths: number[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    for await (const bytes of ledger.read(election, partition, 0)) {
      const { ballotCount, sequence } = decodeSegment(bytes, "a segment");
      lengths[partition] = sequence + 1;
      stored += ballotCount;
    }
  }
  while (some.length < count) {
    const [partition, place] = [randomBytes(4).readUInt32LE() % partitions, randomBytes(4)];
    const sequence = place.readUInt32LE() % lengths[partition];
    const bytes = await ledger.get({ election, partition, sequence });
    if (bytes === undefined) throw new Error("a segment is missing");
    const { ballotCount, ballots, positionFrom } = decodeSegment(bytes, "a segment");
    if (ballotCount === 0) continue;
    const at = (place.readUInt32LE() % ballotCount) * ballotBytes;
    some.push({ ...readBallot(ballots, at), position: positionFrom });
  }
  console.log(`${stored} ballots in ${lengths.reduce((sum, one) => sum + one, 0)} segments`);
  return some;
}

const scenario = fileURLToPath(new URL("../../scenarios/demo.yaml", import.meta.url));
const rate = ["--rps", values.rps, "--duration", `${values.seconds}s`];
try {
  await whileVotesComeIn(
    vote("load", "--election", election, "--scenario", scenario, ...rate).catch(String),
  );
  const engine = await openEngine({ engine: "embedded", dataDir: facts.dataDir });
  const stored = await engine.registry.get(election);
  if (stored === undefined) throw new Error("the election is missing");
  const ballots = await someBallots(engine.ledger, stored.partitions, 1_000);
  const later: number[] = [];
  for (const { ballotId, position, voterTag } of ballots) {
    await ask(Buffer.from(ballotId).toString("hex"), position, voterTag, later);
  }
  console.log(summary("look-ups of any ballots, afterwards", later, "ms"));
  let reads = 0;
  const ledger = ledgerWith(engine.ledger, {
    get(place) {
      reads++;
      return engine.ledger.get(place);
    },
    last(...place) {
      reads++;
      return engine.ledger.last(...place);
    },
  });
  const now = () => performance.now();
  const known = new DecisionFinder(ledger, now);
  const [first, others]: number[][] = [[], []];
  for (const { ballotId, position, voterTag } of ballots) {
    const sought = { ballotId: Buffer.from(ballotId), voterTag: Buffer.from(voterTag), position };
    for (const [finder, into] of [
      [new DecisionFinder(ledger, now), first],
      [known, others],
    ] as const) {
      const before = reads;
      await finder.find(stored, sought);
      into.push(reads - before);
    }
  }
  console.log(summary("reads of a look-up by who knows nothing", first, "segments"));
  console.log(summary("reads of a look-up by who has looked around", others, "segments"));
  await engine.close();
} finally {
  await box.remove();
}
