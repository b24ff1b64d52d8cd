import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RunningIngest, startIngest } from "../../../../src/runtime/ingest/server.js";
import { issueToken } from "../../../../src/runtime/keys/tokens.js";
import { LoadFindings } from "../../../../src/runtime/load/reconcile/findings.js";
import { reconcile } from "../../../../src/runtime/load/reconcile/reconcile.js";
import { runLoad } from "../../../../src/runtime/load/run/run-load.js";
import {
  type LoadRunOptions,
  runLoadAndReconcile,
} from "../../../../src/runtime/system/load/load-run.js";
import { systemClock } from "../../../../src/runtime/time/clock.js";
import { type LoadBench, scenarioOf, startLoadBench } from "../support.js";

let bench: LoadBench;
let ingest: RunningIngest;

beforeEach(async () => {
  bench = await startLoadBench();
  ingest = await startIngest({ ...bench.engine, host: "127.0.0.1", port: 0 });
});

afterEach(async () => {
  await ingest.stop();
  await bench.stop();
});

const codes = {
  http: ["invalid-token", "malformed-json", "missing-token", "unknown-candidate"],
  "http-batch": ["malformed-json", "unknown-candidate"],
};

describe("forged ballots", () => {
  it.each(["http", "http-batch"] as const)(
    "are all refused via %s, and nobody else",
    async (via) => {
      const scenario = scenarioOf({ via, votesPerSecond: 600, forgedShare: 0.4 });
      const options: LoadRunOptions = { engine: bench.engine, election: "lunch", scenario };
      const { record } = await runLoadAndReconcile({ ...options, target: ingest.url });
      expect(record).toMatchObject({ findings: [], unknown: 0, reconciled: true, verdict: "pass" });
      expect(record.acknowledged + record.refused).toBe(record.sent);
      expect(record.acknowledged).toBeGreaterThan(0);
      expect(Object.keys(record.refusals).sort()).toEqual(codes[via]);
      const refused = Object.values(record.refusals).reduce((sum, count) => sum + count, 0);
      expect(refused).toBe(record.refused);
    },
  );

  it("are named, each of them, when they are taken", async () => {
    const { engine } = bench;
    const election = (await engine.registry.get("lunch"))!;
    const secret = await engine.keys.tokenSecret();
    const good = (subject: string) =>
      issueToken({
        ...{ secret, subject, scope: "vote", election: "lunch" },
        ...{ expiresInSeconds: 60, nowMs: Date.now() },
      });
    const scenario = scenarioOf({ via: "http", votesPerSecond: 400, forgedShare: 0.5 });
    const outcome = await runLoad({
      ...engine,
      election,
      scenario,
      seed: 5,
      clock: systemClock,
      producerId: () => randomBytes(16),
      framesKey: await engine.keys.signingKey("frames"),
      // As if the ingest did not look at the token's end and signature.
      http: { url: ingest.url, voterToken: good, forgedToken: good, gatewayToken: () => "" },
    });
    const findings = new LoadFindings();
    await reconcile({ outcome, election, ...engine, findings });
    const { refusals, sent, acknowledged, refused } = outcome.streams[0].account;
    expect(refusals.has("invalid-token")).toBe(false);
    expect(findings.count("forged-accepted")).toBeGreaterThan(0);
    expect(acknowledged + refused).toBe(sent);
    const [named] = findings.kept.filter(({ kind }) => kind === "forged-accepted");
    expect(named.detail).toMatch(/^ballot [0-9a-f]{32} is forged \((expired|foreign)-token\) and/);
  });

  it("never go straight into the log", () => {
    expect(() => scenarioOf({ forgedShare: 0.1 })).toThrowError(/forgedShare: stream main goes/);
  });
});
