import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LoadRecord } from "../../../src/runtime/contracts/load/load-record.js";
import { type Finished, type Sandbox, sandbox, type VoteProcess } from "../../helpers/run-vote.js";

const timeoutMs = 180_000;
const secret = { VOTE_AGENT_TOKEN: "a secret that all of them share" };

let box: Sandbox;
beforeAll(async () => {
  box = sandbox();
  await box.start("dev", "--port", "0", "--json").line(/"event":"ready"/);
}, timeoutMs);
afterAll(() => box.remove());

function recordOf({ stdout }: Finished): LoadRecord {
  return JSON.parse(stdout) as LoadRecord;
}

async function agent(): Promise<VoteProcess & { readonly address: string }> {
  const process = box.startIn(secret, "load", "agent", "--port", "0", "--json");
  const { url } = JSON.parse(await process.line(/"role":"load agent"/)) as { url: string };
  return { ...process, address: url.replace("http://", "") };
}

describe("vote load, from several processes", { timeout: timeoutMs }, () => {
  it.each(["log", "http"])(
    "shares the ballots, via %s, and reconciles them as one",
    async (via) => {
      const args = ["--rps", "400", "--duration", "2s", "--via", via, "--processes", "2"];
      const finished = await box.vote("load", ...args, "--json");
      expect(finished).toMatchObject({ code: 0, stderr: "" });
      const record = recordOf(finished);
      expect(record).toMatchObject({
        verdict: "pass",
        lost: 0,
        double: 0,
        invented: 0,
        unknown: 0,
      });
      expect(record.sent + record.unsent).toBe(800);
      expect(record.streams.map(({ name }) => name)).toEqual(["main.0", "main.1"]);
      expect(record.generator).toMatchObject({ name: "builtin", processes: 2 });
      expect(record.generator.each.map(({ name }) => name)).toEqual(["process 1", "process 2"]);
    },
  );

  it("uses agents that run already, and names the one that dies in the middle", async () => {
    const [one, two] = await Promise.all([agent(), agent()]);
    const agents = `${one.address},${two.address}`;
    const whole = await box.startIn(
      secret,
      ...["load", "--agents", agents, "--rps", "300", "--duration", "1s", "--json"],
    ).finished;
    expect(whole).toMatchObject({ code: 0, stderr: "" });
    expect(recordOf(whole)).toMatchObject({ verdict: "pass", generator: { processes: 2 } });

    const load = box.startIn(
      secret,
      "load",
      "--agents",
      agents,
      "--rps",
      "300",
      "--duration",
      "9m",
    );
    await load.line(/([2-9]|\d\d)\/540 s/);
    two.child.kill("SIGKILL");
    const { code, stdout } = await load.finished;
    expect(code).toBe(3);
    expect(stdout).toContain(`✗ ${two.address} was lost`);
    expect(stdout).toMatch(/no answer +[1-9]/);
    expect(stdout).toMatch(/lost +0\b/);
  });

  it("ends at Ctrl+C in every process, and reconciles", async () => {
    const load = box.start("load", "--rps", "100", "--duration", "10m", "--processes", "2");
    await load.line(/[1-9]\d*\/600 s/);
    load.child.kill("SIGINT");
    const { code, stdout } = await load.finished;
    expect(code).toBe(130);
    expect(stdout).toMatch(/interrupted[\s\S]*generator = view = ledger = recount/);
  });

  it.each([
    ["an agent elsewhere", ["--agents", "192.0.2.1:4010"], "invalid-usage", 2],
    ["a target elsewhere", ["--via", "http", "--target", "http://192.0.2.1"], "invalid-usage", 2],
    ["nobody", ["--agents", "127.0.0.1:1"], "not-running", 69],
    ["both", ["--agents", "127.0.0.1:1", "--processes", "2"], "invalid-usage", 2],
    ["no process", ["--processes", "0"], "invalid-usage", 2],
  ])("refuses %s", async (_, args, code, exitCode) => {
    const finished = await box.startIn(secret, "load", ...args, "--json").finished;
    expect(JSON.parse(finished.stdout)).toMatchObject({ error: { code } });
    expect(finished.code).toBe(exitCode);
  });

  it("wants a secret, from a file or the environment", async () => {
    const refused = await box.vote("load", "--agents", "127.0.0.1:1", "--json");
    expect(refused.code).toBe(2);
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: "invalid-configuration" } });
    const file = join(box.path, "agents.secret");
    writeFileSync(file, `${secret.VOTE_AGENT_TOKEN}\n`);
    const args = ["--agents", "127.0.0.1:1", "--agent-token-file", file, "--json"];
    const { stdout } = await box.vote("load", ...args);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "not-running" } });
  });
});
