import { describe, expect, it } from "vitest";
import type { PartitionStatus, RoleStatus } from "../../../src/runtime/contracts/http/status.js";
import { mergeStatuses, withEnded } from "../../../src/runtime/metrics/workers/merge-status.js";

const common: Omit<RoleStatus<"admin">, "role"> = {
  ...{ pid: 7, startedAt: 1, at: 2, draining: false, clockErrorMs: null },
  ...{ refused: {}, cpuSeconds: 1, memoryBytes: 10, diskFreeBytes: null, diskBytes: null },
  stores: [],
};
const ingest: RoleStatus<"ingest"> = {
  ...common,
  role: "ingest",
  ...{ acknowledged: 5, unconfirmed: 0, frames: 2, retries: 1, waitingBallots: 3 },
  ...{ waitingRequests: 1, acknowledgeMs: null },
};
const tally: RoleStatus<"tally"> = {
  ...common,
  role: "tally",
  ...{ partitions: [], commits: 1, commitMs: null, eventCounts: {}, viewLagMs: 0, events: [] },
};
const partition = (number: number, position: number): PartitionStatus => ({
  ...{ election: "demo", partition: number, position, sealed: false, halted: "" },
  ...{ state: "tallying", end: null, lagRecords: null, lagSeconds: null },
});

describe("one status of several processes", () => {
  it("adds up what they count and hold", () => {
    const other = { ...ingest, acknowledged: 7, refused: { "invalid-ballot": 2 }, memoryBytes: 5 };
    const refused = { "invalid-ballot": 1, overloaded: 4 };
    expect(mergeStatuses("ingest", [{ ...ingest, refused }, other])).toMatchObject({
      ...{ acknowledged: 12, frames: 4, waitingBallots: 6, memoryBytes: 15, cpuSeconds: 2 },
      refused: { "invalid-ballot": 3, overloaded: 4 },
    });
  });

  it("keeps what those that ended had counted, and nothing that they held", () => {
    const ended = withEnded("ingest", withEnded("ingest", {}, ingest), {
      ...ingest,
      refused: { overloaded: 1 },
    });
    expect(mergeStatuses("ingest", [ingest], ended)).toMatchObject({
      ...{ acknowledged: 15, retries: 3, cpuSeconds: 3, refused: { overloaded: 1 } },
      ...{ waitingBallots: 3, memoryBytes: 10 },
    });
  });

  it("adds up what each gateway has sent, whichever process took it", () => {
    const one = { ...ingest, gateways: [{ gateway: "north", acknowledged: 3 }] };
    const two = { ...ingest, gateways: [...one.gateways, { gateway: "south", acknowledged: 1 }] };
    const ended = withEnded("ingest", withEnded("ingest", {}, ingest), two);
    expect(mergeStatuses("ingest", [one, ingest], ended).gateways).toEqual([
      { gateway: "north", acknowledged: 6 },
      { gateway: "south", acknowledged: 1 },
    ]);
    expect(mergeStatuses("ingest", [ingest]).gateways).toBeUndefined();
  });

  it("takes a gateway by any name", () => {
    const names = ["constructor", "__proto__", "toString"];
    const share = (acknowledged: number) => ({
      ...ingest,
      gateways: names.map((gateway) => ({ gateway, acknowledged })),
    });
    const ended = withEnded("ingest", {}, share(1));
    expect(mergeStatuses("ingest", [share(2), share(3)], ended).gateways).toEqual(
      names.map((gateway) => ({ gateway, acknowledged: 6 })),
    );
  });

  it("tells the worst of clocks, disks, durations and states", () => {
    const one = {
      ...ingest,
      clockErrorMs: 20,
      diskFreeBytes: 9,
      acknowledgeMs: { p50: 3, p99: 4 },
    };
    const two = { ...ingest, clockErrorMs: -30, diskFreeBytes: 8, draining: true };
    const three = { ...ingest, acknowledgeMs: { p50: 1, p99: 6 } };
    expect(mergeStatuses("ingest", [one, two, three])).toMatchObject({
      ...{ clockErrorMs: -30, diskFreeBytes: 8, draining: true, acknowledgeMs: { p50: 3, p99: 6 } },
    });
  });

  it("calls a store missed that one of them misses, and unasked only what none has asked", () => {
    const log = { part: "log", store: "LMDB", detail: "" } as const;
    const healthy = { ...log, reachable: true, latencyMs: 2 };
    const missed = { ...log, reachable: false, latencyMs: null, detail: "It does not answer." };
    const unasked = { ...log, reachable: null, latencyMs: null };
    const stores = (...all: (typeof healthy | typeof missed | typeof unasked)[]) =>
      mergeStatuses(
        "ingest",
        all.map((store) => ({ ...ingest, stores: [store] })),
      ).stores;
    expect(stores(healthy, missed)).toEqual([{ ...missed, latencyMs: 2 }]);
    expect(stores(unasked, healthy)).toEqual([healthy]);
    expect(stores(unasked, unasked)).toEqual([unasked]);
  });

  it("has each partition once, in order, as the process tells of it that is further", () => {
    const one = { ...tally, partitions: [partition(2, 5), partition(10, 1)] };
    const two = { ...tally, partitions: [partition(2, 8), partition(1, 0)] };
    expect(mergeStatuses("tally", [one, two]).partitions).toEqual([
      ...[partition(1, 0), partition(2, 8), partition(10, 1)],
    ]);
  });

  it("knows nothing while no process runs, but what was counted", () => {
    const none = mergeStatuses("tally", [], withEnded("tally", {}, tally));
    expect(none).toMatchObject({ commits: 1, partitions: [], commitMs: null, viewLagMs: 0 });
    expect(none).toMatchObject({ clockErrorMs: null, stores: [], memoryBytes: 0 });
  });
});
