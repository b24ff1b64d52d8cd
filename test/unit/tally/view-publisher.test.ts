import { expect, it } from "vitest";
import { VoteError } from "../../../src/runtime/core/errors.js";
import { ViewPublisher } from "../../../src/runtime/tally/view-publisher.js";
import type { ElectionView, PartitionView, View } from "../../../src/runtime/view/port.js";
import { openTestEngine } from "../../helpers/election.js";
import { eventually } from "../../helpers/temporary.js";

/** The real view, which can be taken down. */
class BreakableView implements View {
  readonly #view: View;
  down = false;
  attempts = 0;

  constructor(view: View) {
    this.#view = view;
  }

  async set(election: string, figures: PartitionView): Promise<boolean> {
    this.attempts++;
    if (this.down) throw new VoteError("view-unavailable", "planted");
    return this.#view.set(election, figures);
  }

  setOfficial: View["setOfficial"] = (...all) => this.#view.setOfficial(...all);
  get = (election: string): Promise<ElectionView> => this.#view.get(election);
  async close(): Promise<void> {}
}

const figures = (partition: number, sequence: number): PartitionView => ({
  partition,
  sequence,
  position: sequence,
  counts: [sequence],
  rejections: [0, 0, 0],
  retriesAbsorbed: 0,
  sealed: false,
});

it("publishes the newest figures once the view is back, without holding anyone up", async () => {
  const view = new BreakableView((await openTestEngine()).view);
  const events: string[] = [];
  const publisher = new ViewPublisher(view, { event: (name) => events.push(name) });
  view.down = true;
  for (let sequence = 0; sequence < 50; sequence++) {
    for (const partition of [0, 1]) publisher.publish("unit", figures(partition, sequence));
  }
  await eventually("the failed attempts", () => events.includes("view-retry"));
  view.down = false;
  const done = await eventually("the figures", async () => {
    const { partitions } = await view.get("unit");
    return partitions.every(({ sequence }) => sequence === 49) && partitions.length === 2;
  });
  expect(done).toBe(true);
  await publisher.stop();
});
