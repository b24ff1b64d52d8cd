import { stripVTControlCharacters } from "node:util";
import { expect, it } from "vitest";
import { benchText } from "../../../src/cli/text/bench-text.js";

const host = { cores: 2, memoryGiB: 24, node: "20.20.2", os: "Linux" };
const textOf = (record: object) => stripVTControlCharacters(benchText({ ...record, host }));

it("shows a figure a line, with the unit that its name says, and where it was measured", () => {
  const single = { requestsPerSecond: 20_573.6, latencyMs: { p50: 5.9, p99: 12.4 } };
  const text = textOf({ bench: "ingest", engine: "embedded", single, cpuSeconds: 11.25 });
  expect(text.split("\n")).toEqual([
    "bench ingest, embedded",
    "  CPU                             11.25 s",
    "",
    "single",
    "  requests                       20,574/s",
    "  latency p50                     5.90 ms",
    "  latency p99                     12.4 ms",
    "",
    "host: 2 cores, 24 GiB, Node.js 20.20.2, Linux",
  ]);
});

it("puts measurements side by side, in 80 columns, and says nothing twice", () => {
  const step = (clients: number) => ({ clients, residentBytes: 250e6, bytesPerClient: 4_096 });
  const steps = [1, 2, 3, 4, 5].map((count) => step(count * 1_000));
  const peers = [{ name: "nchan", ...step(5_000) }];
  const text = textOf({ bench: "fanout", hz: 4, ...step(5_000), steps, peers });
  for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  expect(text).toContain("steps, by clients                   1,000        2,000        3,000");
  expect(text).toContain("peers, by name                      nchan\n");
  expect(text.match(/resident +250 MB/g)).toHaveLength(3);
  expect(text).toMatch(/^bench fanout\n {2}hz +4\n\n/);
});
