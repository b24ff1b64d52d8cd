import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

/** Where what Prometheus and its companions need lies. */
export const observability = fileURLToPath(
  new URL("../../../compose/observability", import.meta.url),
);

interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook_url: string };
}

/** The alerts of compose/observability/rules.yml. */
export function alertRules(): readonly AlertRule[] {
  const { groups } = parse(readFileSync(`${observability}/rules.yml`, "utf8")) as {
    readonly groups: readonly { readonly rules: readonly AlertRule[] }[];
  };
  return groups.flatMap(({ rules }) => rules);
}

/** The metrics that an expression asks for, but those that Prometheus makes itself. */
export function metricsIn(expr: string): string[] {
  const named = [...expr.matchAll(/\b(?:vote|nodejs|process)_\w+/g)].map(([name]) => name);
  return [...new Set(named.map((name) => name.replace(/_(?:bucket|sum|count)$/, "")))];
}

interface Dashboard {
  readonly uid: string;
  readonly panels: readonly {
    readonly id: number;
    readonly datasource: { readonly uid: string };
    readonly targets: readonly { readonly expr: string }[];
  }[];
}

/** Grafana's dashboards, by the name of their file. */
export function dashboards(): ReadonlyMap<string, Dashboard> {
  const folder = `${observability}/grafana/dashboards`;
  return new Map(
    readdirSync(folder).map((name) => [
      name,
      JSON.parse(readFileSync(`${folder}/${name}`, "utf8")) as Dashboard,
    ]),
  );
}

/** What all panels of all dashboards ask for, with an interval in place of Grafana's variable. */
export function dashboardQueries(): string[] {
  const panels = [...dashboards().values()].flatMap((one) => one.panels);
  const queries = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  return queries.map((expr) => expr.replaceAll("$__rate_interval", "1m"));
}
