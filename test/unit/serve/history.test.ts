import { describe, expect, it } from "vitest";
import { History } from "../../../src/runtime/serve/results/history.js";
import { figuresOf, served } from "../../helpers/live/live-serve.js";
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
    await view.set("demo", figuresOf(0, 4, [6, 2, 1]));
    const { election, everySeconds, points } = await eventually("the change", async () => {
      const now = await history();
      return now.points.at(-1)?.counted === 9 && now;
    });
    expect([election, everySeconds]).toEqual(["demo", 1]);
    expect(points[0].counted).toBe(8);
    expect(points.map(({ at }) => at)).toEqual(points.map(({ at }) => at).sort((a, b) => a - b));
  });

  it("is 404 for an election that is not there", async () => {
    const { serve } = await served();
    expect((await fetch(`${serve.url}/v1/elections/none/history`)).status).toBe(404);
  });
});

describe("History", () => {
  it("keeps the last ten minutes", () => {
    const history = new History("demo");
    for (let at = 1; at <= 700; at++) history.add({ at, counted: at * 2 });
    const { points } = JSON.parse(history.body.text) as Answer;
    expect(points).toHaveLength(600);
    expect(points[0]).toEqual({ at: 101, counted: 202 });
    expect(points.at(-1)).toEqual({ at: 700, counted: 1_400 });
    expect(history.revision).toBe(700);
  });
});
