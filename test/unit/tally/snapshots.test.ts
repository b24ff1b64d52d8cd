import { copyFile, mkdir, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Ledger } from "../../../src/runtime/ledger/port.js";
import { PartitionTally } from "../../../src/runtime/tally/partition-tally.js";
import { Snapshots } from "../../../src/runtime/tally/snapshots/snapshots.js";
import type { TallyEvents } from "../../../src/runtime/tally/telemetry/tally-events.js";
import { systemClock } from "../../../src/runtime/time/clock.js";
import type { Engine } from "../../../src/runtime/wiring/engine.js";
import { ballotOf, frameOf, markerOf } from "../../helpers/data/ballots.js";
import { electionOf } from "../../helpers/data/chains.js";
import { chainOf, openTestEngine } from "../../helpers/data/election.js";
import { ledgerWith } from "../../helpers/faulty-ledger.js";
import { temporaryDirectory } from "../../helpers/temporary.js";

const election = "snap";

interface Started {
  readonly engine: Engine;
  readonly tally: PartitionTally;
  readonly snapshots: Snapshots;
}

/** One partition with a folder for snapshots, one with every two entries more. */
async function site(folder?: string) {
  const directory = folder ?? join(await temporaryDirectory(), "snapshots");
  const engine = await openTestEngine();
  const seen = { reads: [] as number[], events: [] as string[] };
  const ledger = ledgerWith(engine.ledger, {
    read: (id, partition, from) => {
      seen.reads.push(from);
      return engine.ledger.read(id, partition, from);
    },
  });
  const events: TallyEvents = {
    event: (name, { reason = "" }) => seen.events.push(`${name} ${reason}`.trim()),
  };
  let time = 0;
  const clock = { ...systemClock, now: () => (time += 100_000) };
  const start = async (minGrowth = 2): Promise<Started> => {
    const snapshots = new Snapshots({ directory, events, clock, minGrowth });
    return { engine, snapshots, tally: await load(engine, ledger, events, snapshots) };
  };
  return { directory, file: join(directory, `${election}.0.snapshot`), engine, seen, start };
}

function load({ log }: Engine, ledger: Ledger, events: TallyEvents, snapshots?: Snapshots) {
  const stopping = new AbortController().signal;
  const common = { log, ledger, events, stopping, committed: () => undefined, snapshots };
  const record = electionOf(election, 3, 1);
  const reread = async () => record;
  return PartitionTally.load({ election: record, reread, partition: 0, ...common });
}

const vote = (voter: number, ballot = voter) => frameOf(election, 0, [ballotOf(voter, ballot)]);

/** Gives the tally frames, each in a segment of its own, and lets a snapshot be finished. */
async function feed({ engine, tally, snapshots }: Started, ...frames: Buffer[]) {
  for (const bytes of frames) {
    const [position] = await engine.log.append([{ election, partition: 0, bytes }]);
    expect(await tally.process([{ position, bytes }])).toBe("committed");
    await snapshots.idle();
  }
}

describe("a tally with snapshots", () => {
  it("starts with the newest and reads only the segments behind it", async () => {
    const { start, seen, engine } = await site();
    const first = await start();
    await feed(first, vote(1), vote(2), vote(3), vote(4), vote(5));
    expect(seen.events).toEqual(["snapshot", "snapshot"]);
    const second = await start();
    expect(seen.reads).toEqual([0, 4]);
    expect(second.tally.position).toBe(5);
    await feed(
      second,
      frameOf(
        election,
        0,
        [1, 2, 3, 4, 5, 6].map((n) => ballotOf(n, n)),
      ),
    );
    await feed(second, vote(6, 60));
    const [last] = (await chainOf(engine.ledger, election, 0)).slice(-1);
    expect(last).toMatchObject({ counts: [6, 0, 0], retriesAbsorbed: 5, rejections: [1, 0, 0, 0] });
  });

  it("decides as one without, wherever it stopped, with retries and rejections", async () => {
    const ballot = fc.tuple(fc.nat(4), fc.nat(30), fc.nat(3));
    const log = fc.array(fc.array(ballot, { maxLength: 12 }), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(log, fc.array(fc.nat(11), { maxLength: 4 }), async (frames, stops) => {
        const [one, other] = [await site(), await site()];
        const whole = await one.start(1e9);
        let parts = await other.start();
        for (const [index, ballots] of frames.entries()) {
          const bytes = frameOf(
            election,
            0,
            ballots.map(([voter, id, choice]) => ballotOf(voter, id, choice)),
          );
          if (stops.includes(index)) parts = await other.start();
          for (const tally of [whole, parts]) await feed(tally, bytes);
        }
        const chains = [one, other].map(({ engine }) => chainOf(engine.ledger, election, 0));
        const [wholeChain, partsChain] = await Promise.all(chains);
        expect(partsChain).toEqual(wholeChain);
        expect(other.seen.events.filter((name) => name !== "snapshot")).toEqual([]);
      }),
      { numRuns: 12 },
    );
  });

  it("knows behind a seal that the election is over", async () => {
    const { start, engine, seen } = await site();
    const first = await start();
    await feed(first, vote(1), vote(2), markerOf(election, 0), vote(3));
    const { tally } = await start();
    expect(seen.reads).toEqual([0, 2]);
    expect(tally.sealed).toBe(true);
    await feed({ ...(await start()) }, vote(4));
    const [last] = (await chainOf(engine.ledger, election, 0)).slice(-1);
    expect(last).toMatchObject({ counts: [2, 0, 0], rejections: [0, 2, 0, 0] });
  });

  it("writes at the end what has grown, and removes what is sealed", async () => {
    const { start, directory, seen } = await site();
    const first = await start(1e9);
    const { tally } = first;
    await feed(first, vote(1), vote(2), vote(3));
    const later = new Snapshots({
      directory,
      events: { event: (name) => seen.events.push(name) },
      clock: systemClock,
      minGrowth: 2,
    });
    later.offerAtEnd(tally);
    await later.stop();
    expect(seen.events).toEqual(["snapshot"]);
    expect((await start()).tally.position).toBe(3);
    expect(seen.reads.at(-1)).toBe(3);
    await later.remove(election, 0);
    expect(await readdir(directory)).toEqual([]);
    expect((await start()).tally.position).toBe(3);
    expect(seen.reads.at(-1)).toBe(0);
  });

  it("keeps a bounded number of files, the newest", async () => {
    const { start, directory } = await site();
    await mkdir(directory, { recursive: true });
    for (let number = 0; number < 140; number++) {
      const path = join(directory, `old.${number}.snapshot`);
      await writeFile(path, "");
      await utimes(path, number, number);
    }
    await feed(await start(), vote(1), vote(2));
    const names = await readdir(directory);
    expect(names).toHaveLength(128);
    expect(names).toContain(`${election}.0.snapshot`);
    expect(names).toContain("old.139.snapshot");
    expect(names).not.toContain("old.12.snapshot");
  });
});

describe("a snapshot that does not hold", () => {
  type Site = Awaited<ReturnType<typeof site>>;
  const flip = (at: number) => async (file: string) => {
    const bytes = await readFile(file);
    bytes[at < 0 ? bytes.length + at : at] ^= 1;
    await writeFile(file, bytes);
  };
  const cases: [string, (file: string, site: Site) => Promise<void>, RegExp][] = [
    ["damaged in its tables", flip(-100), /wrong checksum/],
    ["damaged in its head", flip(80), /segment 3 of the chain is another one/],
    ["no snapshot", (file) => writeFile(file, "hello"), /ends too early/],
    ["cut off", async (file) => writeFile(file, (await readFile(file)).subarray(0, -9)), /bytes/],
    ["empty", (file) => writeFile(file, ""), /ends too early/],
    [
      "of another election's chain",
      async (file) => {
        const other = await site();
        await feed(await other.start(), vote(7), vote(8), vote(9), vote(10));
        await copyFile(other.file, file);
      },
      /segment 3 of the chain is another one/,
    ],
    [
      "newer than the chain",
      async (file) => {
        const other = await site();
        const votes = Array.from({ length: 9 }, (_, n) => vote(n + 1));
        await feed(await other.start(), ...votes);
        await copyFile(other.file, file);
      },
      /the chain has no segment 7/,
    ],
  ];

  it.each(cases)("is ignored, with a word, when it is %s", async (_what, spoil, reason) => {
    const here = await site();
    const { start, seen, file, engine } = here;
    await feed(await start(), vote(1), vote(2), vote(3), vote(4));
    await spoil(file, here);
    seen.events.length = 0;
    const again = await start(1e9);
    expect(seen.events).toEqual([expect.stringMatching(/^snapshot-ignored /)]);
    expect(seen.events[0]).toMatch(reason);
    expect(seen.reads.at(-1)).toBe(0);
    expect(again.tally.position).toBe(4);
    await feed(again, vote(4), vote(5));
    const [last] = (await chainOf(engine.ledger, election, 0)).slice(-1);
    expect(last).toMatchObject({ counts: [5, 0, 0], retriesAbsorbed: 1 });
  });

  it("is ignored when it stands in another partition's or election's place", async () => {
    const { start, seen, file, directory, engine } = await site();
    await feed(await start(), vote(1), vote(2));
    await copyFile(file, join(directory, `${election}.1.snapshot`));
    const events: TallyEvents = { event: (_name, { reason }) => seen.events.push(`${reason}`) };
    const snapshots = new Snapshots({ directory, events, clock: systemClock });
    const { readSnapshot } = await import("../../../src/runtime/tally/snapshots/read-snapshot.js");
    const place = { election, partition: 1, alive: () => undefined };
    const found = await readSnapshot({ ...place, ledger: engine.ledger, snapshots });
    expect(found).toBeUndefined();
    expect(seen.events.at(-1)).toBe(`it is of election ${election}, partition 0`);
  });
});
