import { describe, expect, it, onTestFinished } from "vitest";
import { withStatus } from "../../../src/runtime/core/election.js";
import { History } from "../../../src/runtime/serve/results/history.js";
import { startServe } from "../../../src/runtime/serve/server.js";
import type { View } from "../../../src/runtime/view/port.js";
import { electionOf } from "../../helpers/data/chains.js";
import { breakable, partitionView, served } from "../../helpers/live/live-serve.js";
import { eventually } from "../../helpers/temporary.js";

interface Answer {
  readonly election: string;
  readonly everySeconds: number;
  readonly points: readonly { readonly at: number; readonly counted: number }[];
}

describe("GET /v1/elections/{id}/history", () => {
  it("grows by itself while the election is open, also before anybody asks", async () => {
    const { view, serve } = await served();
    const url = `${serve.url}/v1/elections/demo/history`;
    const history = async () => (await (await fetch(url)).json()) as Answer;
    await eventually("two points", async () => (await history()).points.length >= 2);
    await view.set("demo", partitionView(0, 4, [6, 2, 1]));
    const { election, everySeconds, points } = await eventually("the change", async () => {
      const now = await history();
      return now.points.at(-1)?.counted === 9 && now;
    });
    expect([election, everySeconds]).toEqual(["demo", 1]);
    expect(points[0].counted).toBe(8);
    expect(points.map(({ at }) => at)).toEqual(points.map(({ at }) => at).sort((a, b) => a - b));
  });

  it("reads a closed election less and less often, and an open one every second", async () => {
    const clock = { ahead: 0 };
    const { registry, view, election } = await served();
    await registry.replace(withStatus(election, "closed", 3));
    const other = electionOf("other", 3, 2);
    await registry.create(other);
    await registry.replace(withStatus(other, "open", 2));
    const reads = { demo: 0, other: 0 };
    const counting = {
      ...breakable(view).view,
      get: (id: "demo" | "other") => {
        reads[id]++;
        return view.get(id);
      },
    } as View;
    const now = () => Date.now() + clock.ahead;
    const serve = await startServe({ registry, view: counting, host: "127.0.0.1", port: 0, now });
    onTestFinished(() => serve.stop());
    await eventually("both", () => reads.demo > 0 && reads.other > 0);
    // Nothing has changed for an hour: the next reading may wait for minutes.
    clock.ahead = 3_600_000;
    const before = { ...reads };
    await eventually("the open one", () => reads.other >= before.other + 7);
    expect(reads.demo - before.demo).toBeLessThanOrEqual(1);
  });

  it("is 404 for an election that is not there", async () => {
    const { serve } = await served();
    expect((await fetch(`${serve.url}/v1/elections/none/history`)).status).toBe(404);
  });
});

describe("History", () => {
  it("keeps a whole night in a bounded number of points, and always the newest", () => {
    const history = new History("demo");
    for (let second = 0; second <= 36_000; second++) {
      history.add({ at: second * 1_000, counted: second * 2 });
      if (second === 600) expect(history.revision).toBe(600_000);
    }
    const { points, everySeconds } = JSON.parse(history.body.text) as Answer;
    expect(points.length).toBeLessThanOrEqual(600);
    expect(points.length).toBeGreaterThan(280);
    expect(points[0]).toEqual({ at: 0, counted: 0 });
    expect(points.at(-1)).toEqual({ at: 36_000_000, counted: 72_000 });
    const gaps = points.slice(2).map(({ at }, index) => (at - points[index + 1].at) / 1_000);
    expect(new Set(gaps.slice(0, -1))).toEqual(new Set([everySeconds]));
    expect(history.revision).toBe(36_000_000);
  });
});
