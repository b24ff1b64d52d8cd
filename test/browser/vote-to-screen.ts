/**
 * From the vote to the screen, in a real browser, while the demo's load runs:
 *
 *   npx tsx test/browser/vote-to-screen.ts [--seconds 30] [--rps 250000]
 *
 * Besides the load, marked ballots are sent over HTTP, for candidates whom nobody else votes for,
 * one at a time for each. So the page that shows one vote more for such a candidate shows exactly
 * that ballot. Its time is taken in the page, in the animation frame after the text has changed.
 * Prints one object of JSON.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { openKeyDirectory } from "../../src/runtime/keys/key-directory.js";
import { issueToken } from "../../src/runtime/keys/tokens.js";
import { hostFacts } from "../../src/runtime/telemetry/host.js";
import { launchBrowser } from "../helpers/browser/chromium.js";
import { type DevFacts, devScene } from "../helpers/dev-scene.js";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "30" },
    rps: { type: "string", default: "250000" },
  },
});
const seconds = Number(values.seconds);

const election = "screen";
const loaded = ["aurora=Aurora", "borealis=Borealis", "cascade=Cascade", "delta=Delta"];
const marked = Array.from({ length: 8 }, (_, index) => `marked-${index}`);
/** The load is at its rate by then. */
const warmUpMs = 3_000;
const seenWithinMs = 10_000;

/** In the page: after each change, the marked candidates' votes and when they were painted. */
const observe = `(rowOffset) => {
  const rows = [...document.querySelectorAll("#lines tr")].slice(rowOffset);
  const cells = rows.map((row) => row.querySelector(".votes"));
  let waiting = false;
  new MutationObserver(() => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      const votes = cells.map((cell) => Number(cell.textContent.replace(/[^0-9]/g, "")));
      painted(performance.timeOrigin + performance.now(), votes);
    });
  }).observe(document.getElementById("lines"), {
    subtree: true, childList: true, characterData: true,
  });
}`;

interface Sample {
  readonly fromSent: number;
  readonly fromAcknowledged: number;
}

interface LoadFacts {
  readonly sentPerSecond: number;
  readonly valid: boolean;
  readonly reconciled: boolean;
  readonly latencyMs: { readonly visible: object };
}

/** What the page has shown of each marked candidate: by votes, when it was first seen. */
class Screen {
  readonly #firstSeen = marked.map(() => new Map<number, number>());

  painted(at: number, votes: readonly number[]): void {
    for (const [index, count] of votes.entries()) {
      const seen = this.#firstSeen[index];
      if (!seen.has(count)) seen.set(count, at);
    }
  }

  async seen(index: number, count: number): Promise<number | undefined> {
    const end = now() + seenWithinMs;
    while (now() < end) {
      const at = this.#firstSeen[index].get(count);
      if (at !== undefined) return at;
      await sleep(5);
    }
    return undefined;
  }
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

/** One marked candidate's voters, one after the other, until the time is over. */
async function markedVotes(index: number, facts: DevFacts, screen: Screen, until: number) {
  const samples: Sample[] = [];
  let unseen = 0;
  const secret = await openKeyDirectory(join(facts.dataDir, "keys")).tokenSecret();
  for (let count = 1; now() < until; count++) {
    // Not in step with the page's own ticks.
    await sleep(Math.random() * 250);
    const claims = { scope: "vote", expiresInSeconds: 600, nowMs: Date.now() } as const;
    const token = issueToken({ ...claims, secret, election, subject: `marked-${index}-${count}` });
    const ballotId = randomBytes(16).toString("hex");
    const sentAt = now();
    const answer = await fetch(`${facts.ingest}/v1/elections/${election}/ballots`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ choice: marked[index], ballotId }),
    });
    const detail = await answer.text();
    if (answer.status !== 202) throw new Error(`A marked ballot was refused: ${detail}`);
    const acknowledgedAt = now();
    const seenAt = await screen.seen(index, count);
    if (seenAt === undefined) unseen++;
    else samples.push({ fromSent: seenAt - sentAt, fromAcknowledged: seenAt - acknowledgedAt });
  }
  return { samples, unseen };
}

function percentiles(latencies: readonly number[]) {
  const sorted = [...latencies].sort((one, other) => one - other);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  const round = (value: number) => Math.round(value * 10) / 10;
  return { p50: round(at(0.5)), p99: round(at(0.99)), max: round(at(1)) };
}

const candidates = [...loaded, "ember=Ember", ...marked];
const { box, facts } = await devScene(election, "From the vote to the screen", candidates);
const browser = await launchBrowser();
try {
  const page = await browser.newPage({ locale: "en-US" });
  const screen = new Screen();
  await page.exposeFunction("painted", (at: number, votes: number[]) => screen.painted(at, votes));
  await page.goto(`${facts.serve}/elections/${election}`);
  await page.evaluate(`(${observe})(${candidates.length - marked.length})`);
  const whole = `${seconds + Math.ceil(warmUpMs / 1_000) + 1}s`;
  const rate = ["--rps", values.rps, "--duration", whole];
  const scenario = new URL("../../scenarios/demo.yaml", import.meta.url).pathname;
  const load = box.vote(
    ...["load", "--election", election, "--scenario", scenario, ...rate],
    ...["--allow-others", "--json"],
  );
  await sleep(warmUpMs);
  const until = now() + seconds * 1_000;
  const voters = marked.map((_, index) => markedVotes(index, facts, screen, until));
  const outcomes = await Promise.all(voters);
  const { code, stdout, stderr } = await load;
  // 99: a threshold of the demo's own, which here shares its cores with a browser.
  if (code !== 0 && code !== 99) throw new Error(`vote load ended with ${code}: ${stderr}`);
  const record = JSON.parse(stdout) as LoadFacts;
  const samples = outcomes.flatMap((outcome) => outcome.samples);
  const unseen = outcomes.reduce((sum, outcome) => sum + outcome.unseen, 0);
  const report = {
    measured: "vote-to-screen",
    engine: "embedded",
    seconds,
    load: {
      sentPerSecond: record.sentPerSecond,
      valid: record.valid,
      reconciled: record.reconciled,
      visibleMs: record.latencyMs.visible,
    },
    ballots: samples.length,
    unseen,
    latencyMs: {
      fromSent: percentiles(samples.map(({ fromSent }) => fromSent)),
      fromAcknowledged: percentiles(samples.map(({ fromAcknowledged }) => fromAcknowledged)),
    },
    browser: `Chromium ${browser.version()}`,
    host: hostFacts(),
  };
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  process.exitCode = unseen === 0 ? 0 : 1;
} finally {
  await browser.close();
  await box.remove();
}
