import { expect, it } from "vitest";
import { maxPartitions } from "../../src/runtime/core/limits.js";
import type { Ledger } from "../../src/runtime/ledger/port.js";

export interface LedgerSite {
  /** Each call as another process would open it. */
  open(): Promise<Ledger>;
  election(): string;
}

const segment = (size: number, fill: number) => Buffer.alloc(size, fill);

async function collect(chain: AsyncIterable<Uint8Array>): Promise<Buffer[]> {
  const all: Buffer[] = [];
  for await (const bytes of chain) all.push(Buffer.from(bytes));
  return all;
}

/** What every ledger must do, whatever it is made of. */
export function ledgerContract(site: () => Promise<LedgerSite>): void {
  it("inserts each place once, and keeps what came first", async () => {
    const { open, election: newElection } = await site();
    const ledger = await open();
    const place = { election: newElection(), partition: 2, sequence: 0 };
    expect(await ledger.append(place, segment(100, 1))).toBe("appended");
    expect(await ledger.append(place, segment(100, 2))).toBe("exists");
    expect(Buffer.from((await ledger.get(place)) ?? "")).toEqual(segment(100, 1));
  });

  it("lists the partitions that have a chain, those that no election has too", async () => {
    const { open, election: newElection } = await site();
    const ledger = await open();
    const [election, neighbour] = [newElection(), newElection()];
    expect(await ledger.partitions(election)).toEqual([]);
    for (const partition of [3, 0, maxPartitions - 1]) {
      await ledger.append({ election, partition, sequence: 0 }, segment(100, 1));
    }
    await ledger.append({ election, partition: 3, sequence: 1 }, segment(100, 1));
    await ledger.append({ election: neighbour, partition: 1, sequence: 0 }, segment(100, 1));
    expect(await ledger.partitions(election)).toEqual([0, 3, maxPartitions - 1]);
    expect(await (await open()).partitions(neighbour)).toEqual([1]);
  });

  it("lets exactly one of many writers have a place", async () => {
    const { open, election: newElection } = await site();
    const ledgers = [await open(), await open(), await open()];
    const election = newElection();
    for (let sequence = 0; sequence < 10; sequence++) {
      const place = { election, partition: 0, sequence };
      const outcomes = await Promise.all(
        ledgers.map((ledger, writer) => ledger.append(place, segment(1_000, writer))),
      );
      expect(outcomes.filter((outcome) => outcome === "appended")).toHaveLength(1);
      const winner = outcomes.indexOf("appended");
      for (const ledger of ledgers) {
        expect(Buffer.from((await ledger.get(place)) ?? "")).toEqual(segment(1_000, winner));
      }
    }
  });

  it("reads a chain in order from any sequence, segments of full size too", async () => {
    const { open, election: newElection } = await site();
    const writer = await open();
    const reader = await open();
    const election = newElection();
    const chain = Array.from({ length: 40 }, (_, n) => segment(n === 7 ? 350 * 1_024 : 900, n));
    for (const [sequence, bytes] of chain.entries()) {
      await writer.append({ election, partition: 1, sequence }, bytes);
    }
    // As text, since comparing large buffers byte by byte takes seconds.
    const texts = (segments: readonly Buffer[]) => segments.map((one) => one.toString("latin1"));
    expect(texts(await collect(reader.read(election, 1, 0)))).toEqual(texts(chain));
    expect(texts(await collect(reader.read(election, 1, 33)))).toEqual(texts(chain.slice(33)));
    expect(await collect(reader.read(election, 1, 40))).toEqual([]);
    expect(Buffer.from((await reader.last(election, 1)) ?? "")).toEqual(chain[39]);
  });

  it("shows single segments, and the newest, to who asked before they were there", async () => {
    const { open, election: newElection } = await site();
    const [writer, reader] = [await open(), await open()];
    const election = newElection();
    for (let sequence = 0; sequence < 3; sequence++) {
      const place = { election, partition: 4, sequence };
      expect(await reader.get(place)).toBeUndefined();
      await writer.append(place, segment(500, sequence));
      expect(Buffer.from((await reader.last(election, 4)) ?? "")).toEqual(segment(500, sequence));
      expect(Buffer.from((await reader.get(place)) ?? "")).toEqual(segment(500, sequence));
    }
    const first = await reader.get({ election, partition: 4, sequence: 0 });
    expect(Buffer.from(first ?? "")).toEqual(segment(500, 0));
  });

  it("keeps partitions and elections apart, also when one id begins with another", async () => {
    const { open, election: newElection } = await site();
    const ledger = await open();
    const first = newElection();
    const longer = `${first}-b`;
    await ledger.append({ election: first, partition: 0, sequence: 0 }, segment(10, 1));
    await ledger.append({ election: first, partition: 1, sequence: 0 }, segment(10, 2));
    await ledger.append({ election: longer, partition: 0, sequence: 0 }, segment(10, 3));
    expect(await collect(ledger.read(first, 0, 0))).toEqual([segment(10, 1)]);
    expect(await collect(ledger.read(first, 1, 0))).toEqual([segment(10, 2)]);
    expect(await collect(ledger.read(longer, 0, 0))).toEqual([segment(10, 3)]);
  });

  it("refuses a segment that would leave a gap, to whoever writes it", async () => {
    const { open, election: newElection } = await site();
    const [first, second] = [await open(), await open()];
    const chain = { election: newElection(), partition: 0 };
    const gap = { code: "internal-error" };
    await expect(first.append({ ...chain, sequence: 1 }, segment(9, 1))).rejects.toMatchObject(gap);
    await first.append({ ...chain, sequence: 0 }, segment(9, 0));
    await expect(second.append({ ...chain, sequence: 2 }, segment(9, 2))).rejects.toMatchObject(
      gap,
    );
    expect(await second.append({ ...chain, sequence: 1 }, segment(9, 1))).toBe("appended");
    expect(await collect(first.read(chain.election, 0, 0))).toEqual([segment(9, 0), segment(9, 1)]);
  });

  it("knows nothing of what is not there", async () => {
    const { open, election: newElection } = await site();
    const ledger = await open();
    const election = newElection();
    expect(await ledger.last(election, 0)).toBeUndefined();
    expect(await ledger.get({ election, partition: 0, sequence: 0 })).toBeUndefined();
    expect(await collect(ledger.read(election, 0, 0))).toEqual([]);
  });
}
