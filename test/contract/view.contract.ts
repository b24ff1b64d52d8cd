import { expect, it } from "vitest";
import type { PartitionView, View } from "../../src/runtime/view/port.js";

export interface ViewSite {
  open(): Promise<View>;
  election(): string;
}

const figures = (partition: number, sequence: number): PartitionView => ({
  partition,
  sequence,
  position: sequence * 10,
  counts: [sequence, 2 ** 40 + sequence],
  rejections: [1, 0, 0, 0],
  retriesAbsorbed: 3,
  sealed: false,
});

/** What every view must do, whatever it is made of. */
export function viewContract(site: () => Promise<ViewSite>): void {
  it("sets what is newer and leaves what is not", async () => {
    const { open, election: newElection } = await site();
    const [view, election] = [await open(), newElection()];
    expect(await view.set(election, figures(0, 5))).toBe("set");
    expect(await view.set(election, figures(0, 5))).toBe("same");
    expect(await view.set(election, figures(0, 4))).toBe("newer");
    expect(await view.set(election, figures(0, 12))).toBe("set");
    expect((await view.get(election)).partitions).toEqual([figures(0, 12)]);
  });

  it("replaces whatever is there where it is told to", async () => {
    const { open, election: newElection } = await site();
    const [view, election] = [await open(), newElection()];
    await view.set(election, figures(0, 2 ** 52));
    expect(await view.set(election, figures(0, 6))).toBe("newer");
    await view.replace(election, figures(0, 6));
    expect(await view.set(election, figures(0, 6))).toBe("same");
    expect(await view.set(election, figures(0, 7))).toBe("set");
    await view.replace(election, figures(1, 0));
    expect((await view.get(election)).partitions).toEqual([figures(0, 7), figures(1, 0)]);
  });

  it("ends at the newest whatever the order of writers", async () => {
    const { open, election: newElection } = await site();
    const views = [await open(), await open()];
    const election = newElection();
    const order = Array.from({ length: 60 }, (_, n) => (n * 37) % 60);
    await Promise.all(order.map((sequence, n) => views[n % 2].set(election, figures(3, sequence))));
    expect((await views[0].get(election)).partitions).toEqual([figures(3, 59)]);
  });

  it("shows every partition, in order, of this election only", async () => {
    const { open, election: newElection } = await site();
    const view = await open();
    const first = newElection();
    const longer = `${first}-b`;
    for (const partition of [11, 2, 0]) await view.set(first, figures(partition, 1));
    await view.set(longer, figures(7, 1));
    const { partitions } = await view.get(first);
    expect(partitions.map(({ partition }) => partition)).toEqual([0, 2, 11]);
  });

  it("tells every reader that a recount is running, until it has ended", async () => {
    const { open, election: newElection } = await site();
    const [writer, reader] = [await open(), await open()];
    const election = newElection();
    await writer.set(election, figures(0, 1));
    for (const recountingAt of [1_767_225_600_000, 0]) {
      await writer.setRecounting(election, recountingAt);
      const { partitions, ...rest } = await reader.get(election);
      expect(partitions).toEqual([figures(0, 1)]);
      expect(rest).toEqual({ recountingAt });
    }
  });

  it("is empty for an election it has never heard of", async () => {
    const { open, election: newElection } = await site();
    expect(await (await open()).get(newElection())).toEqual({ partitions: [] });
  });
}
