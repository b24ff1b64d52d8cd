import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RoleName } from "../../src/runtime/contracts/http/status.js";
import { durationMetrics, metricsOf } from "../../src/runtime/metrics/catalogue.js";
import { alertRules, dashboardQueries, metricsIn } from "../helpers/prometheus/observability.js";
import { promtool, realPromtool } from "../helpers/prometheus/promtool.js";
import { type Sandbox, sandbox } from "../helpers/run-vote.js";
import { eventually } from "../helpers/temporary.js";

interface Ready {
  readonly ingest: string;
  readonly election: string;
  readonly tokens: { readonly voter: string };
  readonly metrics: Readonly<Record<RoleName, string>>;
}

const roles = Object.keys(metricsOf) as RoleName[];

let box: Sandbox;
let scrapes: Readonly<Record<RoleName, string>>;

/** One scrape of each role of a `vote dev`, after one ballot and one refusal. */
beforeAll(async () => {
  box = sandbox();
  const dev = box.start("dev", "--port", "0", "--json");
  const ready: Ready = JSON.parse(await dev.line(/"event":"ready"/));
  const vote = async (choice: string) => {
    const response = await fetch(`${ready.ingest}/v1/elections/${ready.election}/ballots`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${ready.tokens.voter}`,
      },
      body: JSON.stringify({ choice }),
    });
    return response.status;
  };
  expect([await vote("owl"), await vote("nobody")]).toEqual([202, 422]);
  const scrape = async (role: RoleName) => {
    const response = await fetch(ready.metrics[role]);
    expect([response.status, response.headers.get("content-type")]).toEqual([
      200,
      "text/plain; version=0.0.4; charset=utf-8",
    ]);
    return response.text();
  };
  // The tally takes the partitions one after the other.
  await eventually("all partitions", async () =>
    (await scrape("tally")).includes('position{election="sample",partition="7"}'),
  );
  const read = roles.map(async (role) => [role, await scrape(role)]);
  scrapes = Object.fromEntries(await Promise.all(read));
}, 180_000);

afterAll(() => box.remove());

describe("GET /metrics", () => {
  it.each(roles)("of %s has every metric of the catalogue, and those of its process", (role) => {
    const durations = Object.values(durationMetrics).filter((one) => one.role === role);
    const names = [...metricsOf[role], ...durations].map(({ name }) => name);
    const process = ["process_resident_memory_bytes", "nodejs_eventloop_lag_p99_seconds"];
    for (const name of [...names, ...process]) expect(scrapes[role]).toContain(`# TYPE ${name} `);
    expect(scrapes[role]).toContain(`vote_build_info{role="${role}",`);
  });

  it("counts what the roles have done", () => {
    const { ingest, tally, certify } = scrapes;
    expect(ingest).toContain("vote_ingest_ballots_acknowledged_total 1\n");
    expect(ingest).toContain("vote_ingest_acknowledge_duration_seconds_count 1\n");
    expect(ingest).toContain("vote_ingest_append_duration_seconds_count 1\n");
    expect(ingest).toContain('vote_refusals_total{code="unknown-candidate",status="422"} 1\n');
    expect(tally).toContain('vote_tally_partition_halted{election="sample",partition="7"} 0\n');
    expect(certify).toContain("vote_certify_certificates_total 0\n");
  });

  it("has, at one role or another, each metric that an alert or a dashboard asks for", () => {
    const all = Object.values(scrapes).join("");
    const declared = new Set([...all.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name));
    const queries = [...alertRules().map(({ expr }) => expr), ...dashboardQueries()];
    const asked = [...new Set(queries.flatMap(metricsIn))];
    expect(asked.length).toBeGreaterThan(25);
    expect(asked.filter((name) => !declared.has(name))).toEqual([]);
  });

  it.skipIf(!realPromtool("the metrics through promtool")).each(roles)(
    "of %s is as Prometheus wants it: promtool check metrics",
    (role) => {
      expect(promtool(["check", "metrics"], scrapes[role])).toEqual({ code: 0, said: "" });
    },
  );
});
