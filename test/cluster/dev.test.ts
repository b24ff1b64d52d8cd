import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { environmentOf } from "../../src/runtime/local-cluster/access.js";
import { useServices } from "../helpers/cluster/cluster.js";
import { realServers } from "../helpers/cluster/real-servers.js";
import { type Sandbox, sandbox } from "../helpers/run-vote.js";
import { eventually } from "../helpers/temporary.js";

const available = await realServers("vote dev on a cluster");

interface Ready {
  readonly ingest: string;
  readonly serve: string;
  readonly election: string;
  readonly temporary: boolean;
  readonly tokens: { readonly voter: string };
}

describe.runIf(available)("vote dev --engine cluster", () => {
  const services = useServices();
  let box: Sandbox;
  beforeEach(() => {
    box = sandbox();
  });
  afterEach(() => box.remove());

  it("takes a vote into Kafka, shows it from Redis, and ends with its tally", async () => {
    const environment = environmentOf(services());
    const args = ["dev", "--engine", "cluster", "--port", "0", "--json"];
    const dev = box.startIn(environment, ...args);
    const facts = JSON.parse(await dev.line(/"event":"ready"/)) as Ready;
    expect(facts).toMatchObject({ election: "sample", temporary: false });
    const response = await fetch(`${facts.ingest}/v1/elections/sample/ballots`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${facts.tokens.voter}`,
      },
      body: '{"choice":"robin"}',
    });
    expect(response.status).toBe(202);
    await response.text();
    await eventually("the vote is visible", async () => {
      const result = await fetch(`${facts.serve}/v1/elections/sample/result`);
      return ((await result.json()) as { counted: number }).counted === 1;
    });
    dev.child.kill("SIGTERM");
    const { code, stdout } = await dev.finished;
    expect(code).toBe(0);
    expect(stdout).toMatch(/"event":"stopped".*"counted":1/);
  }, 300_000);
});
