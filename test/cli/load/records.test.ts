import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { documentedShape as shape, undocumented } from "../../helpers/documented-json.js";
import { type Sandbox, sandbox, type VoteProcess } from "../../helpers/run-vote.js";

interface Ready {
  readonly ingest: string;
  readonly serve: string;
  readonly tally: string;
  readonly admin: string;
  readonly dataDir: string;
  readonly tokens: { readonly voter: string; readonly gateway: string };
}

let box: Sandbox;
let dev: VoteProcess;
let ready: Ready;
beforeAll(async () => {
  box = sandbox();
  dev = box.start("dev", "--port", "0", "--json");
  ready = JSON.parse(await dev.line(/"event":"ready"/)) as Ready;
});
afterAll(() => box.remove());

async function json(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await box.vote(...args, "--json");
  expect(code, stderr + stdout).toBe(0);
  return JSON.parse(stdout) as Record<string, unknown>;
}

const here = () => ["--data-dir", ready.dataDir];

/** What stands in the record and not in docs/reference/json.md, or the other way round. */
function expectDocumented(record: unknown, documented: ReturnType<typeof shape>): void {
  expect(documented.keys.size).toBeGreaterThan(1);
  expect(undocumented(record, documented)).toEqual([]);
}

async function get(url: string): Promise<unknown> {
  return (await fetch(url)).json();
}

async function post(path: string, token: string, type: string, body: string, prefer = "") {
  const headers = { authorization: `Bearer ${token}`, "content-type": type, prefer };
  const response = await fetch(`${ready.ingest}${path}`, { method: "POST", headers, body });
  return response.json();
}

describe("docs/reference/json.md and the real records, key by key", { timeout: 180_000 }, () => {
  it("tells a difference", () => {
    const documented = shape("`vote token issue`");
    expect(undocumented({ token: "", scope: "", expiresAt: 0 }, documented)).toEqual([]);
    expect(undocumented({ token: "", scope: "", more: 0 }, documented)).toEqual([
      ".expiresAt is missing",
      ".more is not documented",
    ]);
    const nested = { ready: true, host: { cores: 2 } };
    expect(undocumented(nested, shape("`vote bench ingest`"))).toContain(".host.os is missing");
  });

  it("HTTP: ingest", async () => {
    const single = "POST /v1/elections/{id}/ballots";
    const [ballots, ndjson] = ["/v1/elections/sample/ballots", "application/x-ndjson"];
    const { voter, gateway } = ready.tokens;
    const ballot = '{"choice":"owl"}';
    const taken = await post(ballots, voter, "application/json", ballot);
    expectDocumented(taken, shape(`\`${single}\``, 1));
    const lines = '{"voter":"a","choice":"owl"}\nbad\n{"voter":"b","choice":"nobody"}\n';
    const batch = `\`${single}:batch\``;
    expectDocumented(await post(`${ballots}:batch`, gateway, ndjson, lines), shape(batch, 1));
    const brief = await post(`${ballots}:batch`, gateway, ndjson, lines, "return=minimal");
    expectDocumented(brief, shape(batch, 2));
    const election = await get(`${ready.ingest}/v1/elections/sample`);
    expectDocumented(election, shape("`GET /v1/elections/{id}`"));
    expectDocumented(await post(ballots, "x", "text/plain", ""), shape("Problems"));
  });

  it("HTTP: serve", async () => {
    const { serve } = ready;
    expectDocumented(await get(`${serve}/v1/elections`), shape("`GET /v1/elections`"));
    const result = shape("`GET /v1/elections/{id}/result`");
    expectDocumented(await get(`${serve}/v1/elections/sample/result`), result);
    const detailed = await get(`${serve}/v1/elections/sample/result?detail=partitions`);
    expectDocumented(detailed, result);
    expect(detailed).toHaveProperty("watermarks");
  });

  it("vote dev, load, monitor, election, token and recount", async () => {
    expectDocumented(ready, shape("`vote dev`"));
    const load = await json(
      "load",
      "--rps",
      "500",
      "--duration",
      "1s",
      "--election",
      "sample",
      "--allow-others",
    );
    expectDocumented(load, shape("`vote demo`, `vote load`"));
    expectDocumented(await json("monitor", "--once"), shape("`vote monitor`"));
    const keys = await json("key", "show", ...here());
    expect(undocumented(keys, shape("`vote key show`"))).toEqual([]);
    expectDocumented(await json("token", "issue", "--voter", "a"), shape("`vote token issue`"));
    const election = shape(
      "`vote election create|open|close|schedule|show|trust`, `vote election list`",
    );
    expectDocumented(await json("election", "show", "sample", ...here()), election);
    expectDocumented(await json("election", "close", "sample", ...here()), election);
    const recount = await json("recount", "--from", "log", ...here());
    expectDocumented(recount, shape("`vote recount`"));
    expect(recount).toHaveProperty("certificate.digest");
  });

  it("vote plan", async () => {
    const plan = await json("plan", "--rps", "250000", "--voters", "300000000");
    expectDocumented(plan, shape("`vote plan`"));
  });

  it.each([
    ["pipeline", "--votes", "50000"],
    ["recount", "--votes", "50000"],
    ["startup", "--votes", "50000"],
    ["dedup", "--voters", "50000"],
    ["ingest", "--seconds", "1", "--connections", "4"],
    ["fanout", "--seconds", "1", "--clients", "20", "--hz", "20", "--peer", "node"],
    ["generator", "--seconds", "1"],
    ["truth", "--seconds", "2", "--freeze", "1", "--rps", "50"],
  ])("vote bench %s", async (name, ...args) => {
    expectDocumented(await json("bench", name, ...args), shape(`\`vote bench ${name}\``));
  });
});
