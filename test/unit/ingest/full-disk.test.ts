import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";
import { readBallot } from "../../../src/runtime/core/formats/ballot.js";
import { frameHeaderBytes } from "../../../src/runtime/core/formats/frame.js";
import { type Bench, post, problemCode, startBench } from "./support.js";

const script = fileURLToPath(new URL("./ingest-process.ts", import.meta.url));
const limitBytes = 6 * 2 ** 20;
const linesPerBatch = 2_000;

let bench: Bench | undefined;
let child: ChildProcess | undefined;
afterEach(async () => {
  if (child?.exitCode === null) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  await bench?.stop();
});

function hasPrlimit(): boolean {
  try {
    execFileSync("prlimit", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** An ingest whose files cannot grow past a limit, as if the disk were full there. */
async function startLimited(dataDir: string) {
  const node = [process.execPath, "--import", "tsx", script, dataDir];
  const process_ = spawn("prlimit", [`--fsize=${limitBytes}:unlimited`, ...node], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  child = process_;
  let stderr = "";
  process_.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const [line] = await once(createInterface(process_.stdout), "line");
  const { port } = JSON.parse(line) as { port: number };
  return { url: `http://127.0.0.1:${port}`, pid: process_.pid!, stderr: () => stderr };
}

function batchBody(round: number): string {
  return Array.from({ length: linesPerBatch }, (_, index) => {
    const ballotId = (round * linesPerBatch + index).toString(16).padStart(32, "0");
    const voter = `unmistakable-${round}-${index}`;
    return `${JSON.stringify({ voter, choice: "soup", ballotId })}\n`;
  }).join("");
}

it.skipIf(!hasPrlimit())(
  "answers 503 on a full disk, recovers, and loses nothing that it acknowledged",
  async () => {
    bench = await startBench();
    await bench.election("lunch");
    const { url, pid, stderr } = await startLimited(bench.dataDir);
    const token = bench.token("gate", "gateway");
    const address = `${url}/v1/elections/lunch/ballots:batch`;
    const acknowledged = new Set<string>();
    // Each partition's ballots are durable, or not, by themselves.
    const incomplete = new Set<number>();
    const send = async (round: number): Promise<string> => {
      const type = "application/x-ndjson";
      const response = await post(address, { token, type, body: batchBody(round) });
      if (response.status !== 200) return problemCode(response);
      const { lines } = (await response.json()) as { lines: { ballotId: string; code?: string }[] };
      for (const { ballotId, code } of lines) if (code === undefined) acknowledged.add(ballotId);
      if (lines.every(({ code }) => code === undefined)) incomplete.delete(round);
      else incomplete.add(round);
      return "200";
    };
    let round = 0;
    let outcome = "200";
    // 2,000 ballots are 80 KB, so the limit comes long before the bound of this loop.
    while (outcome === "200" && round < 500) {
      outcome = await send(round++);
      // A disk that is only slow takes it the second time.
      if (outcome !== "200") outcome = await send(round - 1);
    }
    expect(outcome).toBe("503 log-unavailable");
    expect(acknowledged.size).toBeGreaterThan(linesPerBatch);
    expect(await problemCode(await fetch(`${url}/readyz`))).toBe("503 log-unavailable");
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    // One ballot may still fit into a page that is free; then it counts as acknowledged.
    const single = await post(`${url}/v1/elections/lunch/ballots`, {
      token: bench.token("unmistakable"),
      type: "application/json",
      body: '{"choice":"soup"}',
    });
    const singles = single.status === 202 ? 1 : 0;
    if (singles === 0) expect(await problemCode(single)).toBe("503 log-unavailable");
    else acknowledged.add(((await single.json()) as { ballotId: string }).ballotId);
    // So may a partition's part of a batch, where frames are small; never all of it.
    const again = await send(round - 1);
    if (again === "200") expect([...incomplete]).toContain(round - 1);
    else expect(again).toBe("503 log-unavailable");

    execFileSync("prlimit", ["--pid", String(pid), "--fsize=unlimited"]);
    for (const one of [round - 1, round++]) await expect.poll(() => send(one)).toBe("200");
    await expect
      .poll(() => Promise.all([...incomplete].map(send)).then(() => [...incomplete]))
      .toEqual([]);
    await expect.poll(async () => (await fetch(`${url}/readyz`)).status).toBe(200);
    child!.kill("SIGTERM");
    await once(child!, "exit");
    expect(child!.exitCode).toBe(0);

    const stored = new Set<string>();
    for (const frame of await bench.frames("lunch")) {
      for (let index = 0; index < frame.ballotCount; index++) {
        const { ballotId } = readBallot(frame.bytes, frameHeaderBytes + index * 40);
        stored.add(Buffer.from(ballotId).toString("hex"));
      }
    }
    expect([...acknowledged].filter((ballotId) => !stored.has(ballotId))).toEqual([]);
    expect(acknowledged.size).toBe(round * linesPerBatch + singles);
    expect(stderr()).not.toContain("unmistakable");
  },
);
