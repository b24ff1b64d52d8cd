import { render } from "ink-testing-library";
import { describe, expect, it } from "vitest";
import { Metrics, metricsOf } from "../../../src/runtime/monitor/panels/metrics.js";
import { figures, ingest, snapshot, tally } from "./samples.js";

const result = figures({ ada: 1_000 });

describe("the roles' metrics", () => {
  it("are every number of every status, by its name and unit", () => {
    // A number that this monitor has never heard of: its name is all it takes.
    const newer = { ...ingest, lateBallots: 1_234 };
    const metrics = metricsOf(snapshot(0, result, { ingest: newer }));
    expect(metrics).toContainEqual({ role: "ingest", name: "waiting ballots", value: "120" });
    expect(metrics).toContainEqual({ role: "ingest", name: "late ballots", value: "1,234" });
    expect(metrics).toContainEqual({ role: "tally", name: "commits", value: "900" });
    expect(metrics).toContainEqual({ role: "serve", name: "view age", value: "400 ms" });
  });

  it("name the tallies apart, and leave out the roles that do not answer", () => {
    const tallies = [tally(), tally(0, { commits: 7 })];
    const metrics = metricsOf(snapshot(0, result, { ingest: null, serve: null, tallies }));
    expect(new Set(metrics.map(({ role }) => role))).toEqual(new Set(["tally 1", "tally 2"]));
    expect(metricsOf(snapshot(0, result, { ingest: null, serve: null, tallies: [] }))).toEqual([]);
  });

  it("fill the columns there are, and no more lines than there are", () => {
    const drawn = (maxLines: number) =>
      (
        render(
          <Metrics snapshot={snapshot(0, result)} width={78} maxLines={maxLines} />,
        ).lastFrame() ?? ""
      ).split("\n");
    expect(drawn(20)).toHaveLength(1 + 7);
    expect(drawn(20)[1]).toMatch(/^ingest +acknowledged +10,000 .* \S/);
    expect(drawn(3)).toHaveLength(3);
    expect(drawn(1)).toEqual([""]);
  });
});
