import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Election } from "../../src/runtime/core/election.js";
import { untilTallied } from "../../src/runtime/elections/final-tally.js";
import { openEnvironment, openTable, placeKey } from "../../src/runtime/embedded/environment.js";
import type { RecountReport } from "../../src/runtime/recount/findings/report.js";
import { type Engine, openEngine } from "../../src/runtime/wiring/engine.js";
import { ballotOf, frameOf } from "../helpers/data/ballots.js";
import { testKeys } from "../helpers/data/test-keys.js";
import { type Sandbox, sandbox } from "../helpers/run-vote.js";
import { eventually } from "../helpers/temporary.js";

const timeoutMs = 180_000;
let box: Sandbox;
let engine: Engine;
beforeAll(async () => {
  box = sandbox();
  engine = await openEngine({ engine: "embedded", dataDir: box.dataDir });
});
afterAll(async () => {
  await engine?.close();
  await box.remove();
});

const elections = new Map<string, Election>();

async function openElection(id: string, partitions: number): Promise<void> {
  const create = ["election", "create", id, "--title", id, "--candidate", "a"];
  expect(await box.vote(...create, "--partitions", `${partitions}`)).toMatchObject({ code: 0 });
  const trust = ["election", "trust", id, "--use", "frames", "--key", testKeys.frames.publicKey];
  expect(await box.vote(...trust)).toMatchObject({ code: 0 });
  expect(await box.vote("election", "open", id)).toMatchObject({ code: 0 });
  elections.set(id, (await engine.registry.get(id))!);
}

const append = (election: string, partition: number, frames: readonly Buffer[]) =>
  engine.log.append(frames.map((bytes) => ({ election, partition, bytes })));

/** A frame of voters and ballots numbered from here on. */
const frame = (election: string, partition: number, from: number, ballots = 1) =>
  frameOf(
    elections.get(election)!,
    partition,
    Array.from({ length: ballots }, (_, n) => {
      // The voter's first word chooses the partition; there are two.
      const number = (from + n) * 2 + partition;
      return { ...ballotOf(number, number), receivedAt: Date.now() };
    }),
  );

async function startTally() {
  const tally = box.start("tally", "--json", "--log-level", "warn", "--status-port", "0");
  let stderr = "";
  tally.child.stderr?.on("data", (chunk) => {
    stderr += chunk;
  });
  const { url } = JSON.parse(await tally.line(/^\{"role"/)) as { url: string };
  const events = () =>
    stderr
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as { msg: string; partition?: number; reason?: string });
  const stop = async () => {
    tally.child.kill("SIGTERM");
    expect(await tally.finished).toMatchObject({ code: 0 });
  };
  const get = async (path: string) => {
    const answer = await fetch(`${url}${path}`);
    return { status: answer.status, body: await answer.json() };
  };
  return { tally, events, get, stop };
}

async function recount(election: string, from: "ledger" | "log", wait = "1s") {
  const args = ["--election", election, "--from", from, "--wait", wait, "--json"];
  const { code, stdout } = await box.vote("recount", ...args);
  return { code, report: JSON.parse(stdout) as RecountReport };
}

describe("a corrupt frame in the log", () => {
  it(
    "stops its partition with its place, is skipped by nobody, and is what the recount names",
    async () => {
      await openElection("frames", 2);
      const damaged = frame("frames", 1, 2);
      damaged[240] ^= 0x10;
      await append("frames", 0, [frame("frames", 0, 1), frame("frames", 0, 2)]);
      await append("frames", 1, [frame("frames", 1, 1)]);
      const { events, get, stop } = await startTally();
      await eventually("the whole log is tallied", () => tallied("frames"));
      expect(await get("/readyz")).toMatchObject({ status: 200 });
      await append("frames", 1, [frame("frames", 1, 4), damaged, frame("frames", 1, 3)]);
      const place = "election frames, partition 1, position 2: the ballots do not match their hash";
      await eventually("the tally says so", () =>
        events().some(({ msg, reason }) => msg === "failed" && reason === place),
      );
      const decidedTo = "Election frames, partition 1 is decided up to position 2 and halted: ";
      expect(await get("/readyz")).toMatchObject({
        status: 503,
        body: { code: "partition-halted", detail: `${decidedTo}${place}.` },
      });
      expect((await get("/statusz")).body).toMatchObject({
        partitions: [
          { partition: 0, position: 2, state: "tallying", halted: "" },
          { partition: 1, position: 2, state: "halted", halted: place },
        ],
      });
      await append("frames", 0, [frame("frames", 0, 3)]);
      expect(await box.vote("election", "close", "frames")).toMatchObject({ code: 0 });
      await eventually("the other partition is sealed", async () => {
        const { partitions } = await engine.view.get("frames");
        return partitions.some(({ partition, sealed }) => partition === 0 && sealed);
      });
      for (const from of ["ledger", "log"] as const) {
        const { code, report } = await recount("frames", from);
        expect(code).toBe(3);
        expect(report).toMatchObject({ agrees: false, sealed: false, counted: 5 });
        expect(report.findings).toMatchObject([
          {
            kind: "corrupt-frame",
            partition: 1,
            position: 2,
            detail: `${place}; reading ends here`,
          },
        ]);
        expect(report.seals).toMatchObject([{ partition: 0 }]);
      }
      const { code, stdout } = await box.vote("recount", "--election", "frames", "--wait", "0s");
      expect(code).toBe(3);
      expect(stdout).toContain(`✗ corrupt-frame: ${place}`);
      expect((await engine.registry.get("frames"))?.status).toBe("closed");
      await stop();
    },
    timeoutMs,
  );
});

async function tallied(election: string): Promise<boolean> {
  const found = await engine.registry.get(election);
  return found !== undefined && untilTallied(engine, found, 0);
}

describe("a corrupt segment in the ledger", () => {
  it(
    "is named by the recount, and no tally goes on behind it",
    async () => {
      await openElection("segments", 2);
      const first = await startTally();
      for (const round of [1, 2, 3]) {
        await append("segments", 0, [frame("segments", 0, round)]);
        await eventually(`round ${round} is tallied`, () => tallied("segments"));
      }
      await first.stop();
      await flipByte("segments", 0, 1, 150);
      const place = "election segments, partition 0, segment 1";
      const { code, report } = await recount("segments", "ledger");
      expect(code).toBe(3);
      expect(report.findings).toMatchObject([
        { kind: "corrupt-segment", partition: 0, sequence: 1 },
      ]);
      expect(report.findings[0].detail).toContain(`${place}: the hash does not match`);
      const second = await startTally();
      await eventually("the tally refuses the chain", () =>
        second.events().some(({ msg, reason }) => msg === "failed" && reason?.startsWith(place)),
      );
      await append("segments", 0, [frame("segments", 0, 4)]);
      await append("segments", 1, [frame("segments", 1, 1)]);
      await eventually(
        "the other partition goes on",
        async () => (await engine.ledger.last("segments", 1)) !== undefined,
      );
      const behind = { election: "segments", partition: 0, sequence: 3 };
      expect(await engine.ledger.get(behind)).toBeUndefined();
      await second.stop();
      await flipByte("segments", 0, 1, 150);
      expect((await recount("segments", "ledger")).report.agrees).toBe(true);
    },
    timeoutMs,
  );
});

/** As a failing disk would, past the ledger's own rule of insertion only. */
async function flipByte(election: string, partition: number, sequence: number, at: number) {
  const environment = openEnvironment(`${box.dataDir}/ledger`, true);
  const segments = openTable(environment, "segments");
  const key = placeKey(election, partition, sequence);
  const bytes = Buffer.from(segments.get(key) as Buffer);
  bytes[at] ^= 1;
  await segments.put(key, bytes);
  await environment.close();
}

describe("a full disk under the tally", () => {
  it.skipIf(!existsSync("/usr/bin/prlimit"))(
    "holds it up and loses nothing: it goes on when there is room",
    async () => {
      await openElection("full", 2);
      const { tally, events, stop } = await startTally();
      const limit = (bytes: string) =>
        execFileSync("prlimit", ["--pid", `${tally.child.pid}`, `--fsize=${bytes}:unlimited`]);
      limit(`${2 ** 20}`);
      const [frames, ballots] = [10, 4_000];
      for (let number = 0; number < frames; number++) {
        for (const partition of [0, 1]) {
          const from = 1 + number * ballots;
          await append("full", partition, [frame("full", partition, from, ballots)]);
        }
      }
      await eventually("the ledger takes nothing", () =>
        events().some(({ msg }) => msg === "ledger-retry"),
      );
      expect(events().find(({ msg }) => msg === "ledger-retry")?.reason).toMatch(/store failed/);
      expect(await tallied("full")).toBe(false);
      limit("unlimited");
      await eventually("everything is tallied", () => tallied("full"));
      expect(await box.vote("election", "close", "full")).toMatchObject({ code: 0 });
      const { code, report } = await recount("full", "log", "60s");
      expect(code).toBe(0);
      expect(report).toMatchObject({ agrees: true, sealed: true, behind: 0 });
      expect(report.counted).toBe(2 * frames * ballots);
      await stop();
    },
    timeoutMs,
  );
});
