import { afterEach, expect, it } from "vitest";
import type { Log, OutgoingFrame } from "../../../src/runtime/log/port.js";
import { eventually } from "../../helpers/temporary.js";
import { type Bench, type BenchOptions, batch, problemCode, startBench, vote } from "./support.js";

let bench: Bench | undefined;
afterEach(() => bench?.stop());

type Append = (frames: readonly OutgoingFrame[], real: Log) => Promise<number[]>;

/** The real log, with faults on the way to it or back. */
async function startFaulty(
  append: Append,
  retryForMs: number,
  options: Pick<BenchOptions, "maxRoundMs"> = {},
): Promise<Bench> {
  const wrapLog = (real: Log): Log =>
    new Proxy(real, {
      get(log, name) {
        if (name === "append") return (frames: readonly OutgoingFrame[]) => append(frames, log);
        const value: unknown = Reflect.get(log, name);
        return typeof value === "function" ? value.bind(log) : value;
      },
    });
  bench = await startBench({ wrapLog, retryForMs, ...options });
  await bench.election("lunch");
  return bench;
}

const soup = '{"choice":"soup"}';

it("sends the same bytes again when the log's answer is lost, and acknowledges once", async () => {
  let losses = 2;
  const own = await startFaulty(async (frames, real) => {
    const positions = await real.append(frames);
    if (losses-- > 0) throw new Error("the answer was lost");
    return positions;
  }, 10_000);
  const response = await vote(own, "lunch", { token: own.token("alice"), body: soup });
  expect(response.status).toBe(202);
  const frames = await own.frames("lunch");
  expect(frames).toHaveLength(3);
  for (const frame of frames) expect(frame.bytes).toEqual(frames[0].bytes);
  expect(await response.json()).toMatchObject({ position: frames[2].position });
});

it.each([
  ["fails", () => Promise.reject(new Error("down"))],
  ["never answers", () => new Promise<number[]>(() => {})],
])(
  "answers 503 when the log %s for too long, says so, and goes on when it is back",
  async (_how, fault) => {
    let down = true;
    const own = await startFaulty((frames, real) => (down ? fault() : real.append(frames)), 100);
    const ready = async () => (await fetch(`${own.ingest.url}/readyz`)).status;
    expect(await ready()).toBe(200);
    const ballotId = "ab".repeat(16);
    const ballot = { token: own.token("bob"), body: JSON.stringify({ choice: "soup", ballotId }) };
    const refused = await vote(own, "lunch", ballot);
    const { hint } = (await refused.clone().json()) as { hint: string };
    expect(await problemCode(refused)).toBe("503 log-unavailable");
    expect(hint).toContain("same ballotId");
    // For two seconds after an append that failed; a busy machine may ask later.
    await eventually("it is not ready", async () => {
      await (await vote(own, "lunch", ballot)).text();
      return (await ready()) === 503;
    });
    const line = '{"voter":"carol","choice":"soup"}\n';
    expect(await problemCode(await batch(own, "lunch", { body: line }))).toBe(
      "503 log-unavailable",
    );
    down = false;
    // It gives up after a second still, and the log may take longer on a busy machine.
    await expect.poll(async () => (await vote(own, "lunch", ballot)).status).toBe(202);
    await expect.poll(async () => (await batch(own, "lunch", { body: line })).status).toBe(200);
    await expect.poll(ready).toBe(200);
  },
);

it("acknowledges the ballots of other partitions while the log hangs on one", async () => {
  let stuck: number | undefined;
  const own = await startFaulty(async (frames, real) => {
    stuck ??= frames[0].partition;
    if (frames.some(({ partition }) => partition === stuck)) await new Promise(() => {});
    return real.append(frames);
    // So long the others have on a busy machine.
  }, 5_000);
  const outcomes = Array.from({ length: 40 }, async (_, voter) => {
    const response = await vote(own, "lunch", { token: own.token(`voter-${voter}`), body: soup });
    return response.status;
  });
  const statuses = await Promise.all(outcomes);
  const acknowledged = statuses.filter((status) => status === 202).length;
  const kept = await own.frames("lunch");
  expect(kept.reduce((sum, { ballotCount }) => sum + ballotCount, 0)).toBe(acknowledged);
  // About a quarter of the voters belong to the partition that hangs.
  expect(acknowledged).toBeGreaterThan(20);
  expect(acknowledged).toBeLessThan(40);
});

it("appends what comes meanwhile once the round before has ended", async () => {
  let turn = 0;
  const underWay = new Set<number>();
  const mixed: number[][] = [];
  const own = await startFaulty(
    async (frames, real) => {
      // The appends of one round begin in one turn of the event loop.
      setImmediate(() => turn++);
      const mine = turn;
      underWay.add(mine);
      if (underWay.size > 1) mixed.push([...underWay]);
      const positions = await real.append(frames);
      setImmediate(() => underWay.delete(mine));
      return positions;
    },
    10_000,
    { maxRoundMs: 60_000 },
  );
  const client = async (_: unknown, number: number) => {
    for (let sent = 0; sent < 10; sent++) {
      const token = own.token(`v${number}-${sent}`);
      expect((await vote(own, "lunch", { token, body: soup })).status).toBe(202);
    }
  };
  await Promise.all(Array.from({ length: 16 }, client));
  expect(mixed).toEqual([]);
});
