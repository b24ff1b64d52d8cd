import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Sandbox, sandbox } from "../helpers/run-vote.js";

let box: Sandbox;
beforeEach(() => {
  box = sandbox();
});
afterEach(() => box.remove());

const timeoutMs = 120_000;

interface Demo {
  readonly reconciled: boolean;
  readonly sent: number;
  readonly unsent: number;
  readonly counted: number;
  readonly lost: number;
  readonly double: number;
  readonly certificate: { readonly digest: string };
  readonly streams: readonly { readonly via: string; readonly acknowledged: number }[];
}

/** Each election in `kept` with its status; a warm-up's id without its time. */
async function statuses(): Promise<string[]> {
  const { stdout } = await box.vote("election", "list", "--data-dir", "kept", "--json");
  const { elections } = JSON.parse(stdout) as {
    elections: readonly { id: string; status: string }[];
  };
  return elections.map(({ id, status }) => `${id.replace(/^(warm-up)-.*/, "$1")} ${status}`).sort();
}

describe("vote demo", () => {
  it(
    "votes, closes, recounts and certifies, and every ballot is accounted for",
    async () => {
      const kept = ["--data-dir", "kept"];
      const args = ["demo", "--rps", "2000", "--duration", "2s", ...kept];
      const { code, stdout, stderr } = await box.vote(...args, "--json");
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) });
      const demo = JSON.parse(stdout) as Demo;
      // 2,000 a second in gateways' batches and 1,000 one by one, for 2 s.
      expect(demo).toMatchObject({ reconciled: true, lost: 0, double: 0 });
      expect(demo.sent + demo.unsent).toBe(6_000);
      expect(demo.counted).toBeGreaterThan(0);
      expect(demo.certificate.digest).toMatch(/^[0-9a-f]{64}$/);
      expect(demo.streams.map(({ via }) => via)).toEqual(["http-batch", "http"]);
      const trail = await box.vote("election", "trail", "demo", ...kept, "--json");
      const { changes } = JSON.parse(trail.stdout) as { changes: readonly { by: string }[] };
      // Created, opened, its end announced; a tally's timekeeper may be the one that closes it.
      const [created, opened, announced] = changes.map(({ by }) => by);
      expect({ created, opened, announced }).toEqual({
        ...{ created: "vote demo", opened: "vote demo", announced: "vote demo" },
      });
      // It has warmed up with votes for another election, none of which are among the 6,000.
      expect(await statuses()).toEqual(["demo certified", "warm-up closed"]);
      // Run again, it refuses the directory before it warms up there.
      const again = await box.vote(...args);
      expect(again.code).toBe(2);
      expect(again.stderr).toContain("Election demo exists already");
      expect(await statuses()).toEqual(["demo certified", "warm-up closed"]);
    },
    timeoutMs,
  );

  it(
    "ends with 130 after Ctrl+C in the warm-up, whose election it closes",
    async () => {
      const demo = box.start("demo", "--rps", "1000", "--duration", "1s", "--data-dir", "kept");
      await demo.line(/Warming up/);
      demo.child.kill("SIGINT");
      const { code, stdout, stderr } = await demo.finished;
      expect({ code, stderr }).toEqual({ code: 130, stderr: expect.stringContaining("warmed up") });
      expect(stdout).not.toContain("every one of");
      expect(await statuses()).toEqual(["warm-up closed"]);
    },
    timeoutMs,
  );

  it(
    "prints the verdict and the official result for people",
    async () => {
      const fewer = ["--rps", "500", "--duration", "1s", "--via", "log"];
      const { code, stdout } = await box.vote("demo", ...fewer);
      const [first] = stdout.split("\n");
      expect(first).toMatch(/500\/s straight into the log, without HTTP, tokens and ingest/);
      const head = stdout.slice(0, stdout.indexOf("·")).split("\n");
      for (const line of head) expect(line.length, line).toBeLessThanOrEqual(80);
      expect(stdout).toContain("✓ generator = view = ledger = recount");
      expect(stdout).toContain("Official and certified.");
      expect(stdout).not.toContain("undefined");
      expect(code).toBe(0);
    },
    timeoutMs,
  );

  it("refuses a rate of nothing before it starts anything", async () => {
    const { code, stderr } = await box.vote("demo", "--rps", "0");
    expect(code).toBe(2);
    expect(stderr).toContain("rps");
  });
});
