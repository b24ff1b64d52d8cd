import { expect, it } from "vitest";
import type { PartitionView } from "../../../src/runtime/view/port.js";
import { electionViewOf } from "../../../src/runtime/view/redis.js";

const figures = (partition: number): PartitionView => ({
  partition,
  sequence: 1,
  position: 2,
  counts: [3],
  rejections: [0, 0, 0, 0],
  retriesAbsorbed: 0,
  sealed: true,
});

it("reads a hash in the order of the partitions' numbers, the official result apart", () => {
  const official = { certifiedAt: 1, counts: [3], rejected: {}, digest: "00" };
  const partitions = [10, 9, 100, 0].map((partition) => [
    String(partition),
    JSON.stringify(figures(partition)),
  ]);
  const hash = Object.fromEntries([["official", JSON.stringify(official)], ...partitions]);
  expect(electionViewOf(hash)).toEqual({ partitions: [0, 9, 10, 100].map(figures), official });
  expect(electionViewOf({})).toEqual({ partitions: [], official: undefined });
});

it("does not pass off what is no JSON as figures", () => {
  expect(() => electionViewOf({ 0: "{" })).toThrow(SyntaxError);
});
