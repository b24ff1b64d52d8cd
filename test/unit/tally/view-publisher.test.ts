import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { VoteError } from "../../../src/runtime/core/errors.js";
import { ViewPublisher } from "../../../src/runtime/tally/view-publisher.js";
import { EmbeddedView } from "../../../src/runtime/view/embedded.js";
import type {
  ElectionView,
  PartitionView,
  SetOutcome,
  View,
} from "../../../src/runtime/view/port.js";
import { openTestEngine } from "../../helpers/data/election.js";
import { eventually, temporaryDirectory } from "../../helpers/temporary.js";

/** The real view, which can be taken down. */
class BreakableView implements View {
  readonly #view: View;
  down = false;
  attempts = 0;

  constructor(view: View) {
    this.#view = view;
  }

  async set(election: string, figures: PartitionView): Promise<SetOutcome> {
    this.attempts++;
    if (this.down) throw new VoteError("view-unavailable", "planted");
    return this.#view.set(election, figures);
  }

  replace: View["replace"] = (...all) => this.#view.replace(...all);
  setRecounting: View["setRecounting"] = (...all) => this.#view.setRecounting(...all);
  get = (election: string): Promise<ElectionView> => this.#view.get(election);
  async close(): Promise<void> {}
}

/** A view that can be swapped for an empty one. */
class ReplaceableView implements View {
  current: View;
  sets = 0;

  constructor(view: View) {
    this.current = view;
  }

  set(election: string, figures: PartitionView): Promise<SetOutcome> {
    this.sets++;
    return this.current.set(election, figures);
  }

  replace: View["replace"] = (...all) => this.current.replace(...all);
  setRecounting: View["setRecounting"] = (...all) => this.current.setRecounting(...all);
  get = (election: string): Promise<ElectionView> => this.current.get(election);
  async close(): Promise<void> {}
}

const figures = (partition: number, sequence: number): PartitionView => ({
  partition,
  sequence,
  position: sequence,
  counts: [sequence],
  rejections: [0, 0, 0, 0],
  retriesAbsorbed: 0,
  sealed: false,
});

it("publishes the newest figures once the view is back, without holding anyone up", async () => {
  const engine = await openTestEngine();
  const view = new BreakableView(engine.view);
  const events: string[] = [];
  const publisher = new ViewPublisher(view, engine.ledger, {
    event: (name) => events.push(name),
  });
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

it("fills an emptied view again, but no longer with partitions it has given back", async () => {
  const path = join(await temporaryDirectory(), "view");
  const first = new EmbeddedView(path);
  const view = new ReplaceableView(first);
  const { ledger } = await openTestEngine();
  const publisher = new ViewPublisher(view, ledger, { event: () => undefined }, { everyMs: 20 });
  onTestFinished(() => publisher.stop());
  for (const partition of [0, 1, 2]) publisher.publish("unit", figures(partition, 3));
  await eventually("all", async () => (await view.get("unit")).partitions.length === 3);
  publisher.release("unit", 1);
  const emptied = new EmbeddedView(`${path}-new`);
  onTestFinished(async () => void (await Promise.all([first.close(), emptied.close()])));
  view.current = emptied;
  await eventually("those held", async () => (await view.get("unit")).partitions.length === 2);
  // Two more rounds: what was given back must not come even then.
  const seen = view.sets;
  await eventually("two more rounds", () => view.sets >= seen + 4);
  expect((await view.get("unit")).partitions).toEqual([figures(0, 3), figures(2, 3)]);
});

it("puts a forged sequence right, unless the ledger has more", async () => {
  const { view, ledger } = await openTestEngine();
  for (const sequence of [0, 1, 2, 3]) {
    await ledger.append({ election: "unit", partition: 1, sequence }, Buffer.alloc(9));
  }
  const publisher = new ViewPublisher(view, ledger, { event: () => undefined }, { everyMs: 20 });
  onTestFinished(() => publisher.stop());
  publisher.publish("unit", figures(0, 3));
  publisher.publish("unit", figures(1, 2));
  await eventually("both", async () => (await view.get("unit")).partitions.length === 2);
  await view.set("unit", figures(0, Number.MAX_SAFE_INTEGER));
  // By the tally that has taken partition 1 over.
  await view.set("unit", figures(1, 3));
  await eventually("the true figures", async () => {
    const { partitions } = await view.get("unit");
    return partitions[0].sequence === 3;
  });
  expect((await view.get("unit")).partitions).toEqual([figures(0, 3), figures(1, 3)]);
});
