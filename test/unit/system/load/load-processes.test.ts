import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Election } from "../../../../src/runtime/core/election.js";
import { parseAgents } from "../../../../src/runtime/load/agents/addresses.js";
import {
  type GenerateOptions,
  generate,
} from "../../../../src/runtime/system/load/load-processes.js";
import type { WorkWatch } from "../../../../src/runtime/telemetry/work-watch.js";
import { type LoadBench, scenarioOf, startLoadBench } from "../../load/support.js";

let bench: LoadBench;
let election: Election;
beforeAll(async () => {
  bench = await startLoadBench();
  election = (await bench.engine.registry.get("lunch"))!;
});
afterAll(() => bench.stop());

const run = (changes: Partial<GenerateOptions> = {}) =>
  generate({
    ...{ engine: bench.engine, election, seed: 1 },
    scenario: scenarioOf({ votesPerSecond: 400 }),
    ...changes,
  });
const agents = (text: string) => ({ agents: parseAgents(text, false), token: "secret" });

describe("generate", () => {
  it("sends from this process, and says beforehand when it begins", async () => {
    const before = Date.now();
    const starts: number[] = [];
    const outcome = await run({ leadMs: 200, onStart: (startAt) => starts.push(startAt) });
    expect(starts).toHaveLength(1);
    expect(starts[0]).toBeGreaterThanOrEqual(before + 200);
    expect(outcome.startedAt).toBeGreaterThanOrEqual(starts[0]);
    expect(outcome.generator).toMatchObject({ name: "builtin", processes: 1 });
    const [{ account }] = outcome.streams;
    expect(account.acknowledged).toBe(account.sent);
    expect(account.sent + outcome.unsent).toBe(200);
  });

  it("tells of its preparation until it is ready to send, and not while it sends", async () => {
    const told: string[] = [];
    const preparation: WorkWatch = {
      begin: (what, total, unit) => void told.push(`begin ${what} ${total} ${unit}`),
      done: () => {},
      end: () => void told.push("end"),
    };
    await run({ seed: 2, preparation, onProgress: () => void told.push("progress") });
    expect(told.slice(0, 3)).toEqual(["begin Preparing undefined s", "end", "progress"]);
    expect(told.filter((one) => one === "end")).toHaveLength(1);
    // One that cannot be prepared does not go on being told of.
    told.length = 0;
    await expect(run({ preparation, processes: agents("127.0.0.1:1") })).rejects.toThrow();
    expect(told).toEqual(["begin Preparing undefined s", "end"]);
  });

  it.each(["autocannon", "k6"] as const)("shares no run of %s", async (generator) => {
    const refused = run({ generator, processes: agents("127.0.0.1:1") });
    await expect(refused).rejects.toMatchObject({
      code: "invalid-usage",
      message: `${generator} has its own processes.`,
    });
  });

  it("names an agent that does not run", async () => {
    const refused = run({ processes: agents("127.0.0.1:1") });
    await expect(refused).rejects.toMatchObject({
      code: "not-running",
      message: expect.stringContaining("127.0.0.1:1"),
    });
  });

  it("sends nothing when another server answers in an agent's place", async () => {
    const server = createServer((_, response) => response.writeHead(200).end("hello"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const before = await bench.engine.log.end("lunch", 0);
    const refused = run({ processes: agents(`127.0.0.1:${port}`) });
    await expect(refused).rejects.toMatchObject({ code: "not-running" });
    expect(await bench.engine.log.end("lunch", 0)).toBe(before);
    server.close();
  });
});
