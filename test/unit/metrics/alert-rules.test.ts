import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  alertRules,
  dashboardQueries,
  dashboards,
  metricsIn,
  observability,
} from "../../helpers/prometheus/observability.js";
import { promtool, realPromtool } from "../../helpers/prometheus/promtool.js";
import { temporaryDirectory } from "../../helpers/temporary.js";

const hasPromtool = realPromtool("alerts and dashboards through promtool");

const page = readFileSync(new URL("../../../docs/operations/alerts.md", import.meta.url), "utf8");
const rules = alertRules();

const kebab = (name: string) => name.replace(/(?!^)[A-Z]/g, "-$&").toLowerCase();

describe("the alerts", () => {
  it("are all explained under their names, and no others", () => {
    const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(rules.map(({ alert }) => kebab(alert)));
    for (const { alert, annotations } of rules) {
      expect(annotations.runbook_url).toBe(`docs/operations/alerts.md#${kebab(alert)}`);
    }
  });

  it("all have a test, and a severity", () => {
    const tests = readFileSync(`${observability}/rules.test.yml`, "utf8");
    for (const { alert, labels } of rules) {
      expect(tests).toContain(alert);
      expect(["warning", "critical"]).toContain(labels.severity);
    }
  });

  it("are searched for metrics by name, the parts of a histogram under its own", () => {
    const expr = 'sum(rate(vote_a_seconds_bucket{job="vote-ingest"}[1m])) > nodejs_b_bytes';
    expect(metricsIn(expr)).toEqual(["vote_a_seconds", "nodejs_b_bytes"]);
  });

  it.skipIf(!hasPromtool).each([
    ["check", "rules", "rules.yml"],
    ["check", "config", "prometheus.yml"],
    ["test", "rules", "rules.test.yml"],
  ])("hold: promtool %s %s", (...[what, kind, file]) => {
    const { code, said } = promtool([what, kind, `${observability}/${file}`]);
    expect(said).toContain("SUCCESS");
    expect(code).toBe(0);
  });
});

describe("the dashboards", () => {
  it("have one name each, and panels with one id each, from the source that is provisioned", () => {
    const provisioned = `${observability}/grafana/provisioning/datasources/prometheus.yml`;
    const source = /uid: (\S+)/.exec(readFileSync(provisioned, "utf8"))?.[1];
    for (const [file, { uid, panels }] of dashboards()) {
      expect(`vote-${file}`).toBe(`${uid}.json`);
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
      for (const { datasource } of panels) expect(datasource.uid).toBe(source);
    }
  });

  it.skipIf(!hasPromtool)("ask what Prometheus understands", async () => {
    const file = join(await temporaryDirectory(), "queries.json");
    const rules = dashboardQueries().map((expr, index) => ({ record: `query:${index}`, expr }));
    writeFileSync(file, JSON.stringify({ groups: [{ name: "dashboards", rules }] }));
    const { code, said } = promtool(["check", "rules", file]);
    expect(said).toContain(`SUCCESS: ${rules.length} rules found`);
    expect(code).toBe(0);
  });
});
