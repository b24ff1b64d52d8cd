import { expect, it } from "vitest";
import { FrameQueue } from "../../../../../src/runtime/log/kafka/append/frame-queue.js";
import { maxRecordBatchBytes } from "../../../../../src/runtime/log/kafka/client/settings.js";

const unit = (partition: number, bytes: number, settled = false) => ({
  partition,
  bytes: Buffer.alloc(bytes),
  settled,
});

function queueOf(...units: ReturnType<typeof unit>[]) {
  const queue = new FrameQueue<ReturnType<typeof unit>>();
  for (const one of units) queue.add(one);
  return queue;
}

it("bounds a partition's batch, for the broker refuses a larger one, and keeps the order", () => {
  const half = maxRecordBatchBytes / 2;
  const frames = [unit(0, half), unit(1, half), unit(0, half), unit(1, 5)];
  const queue = queueOf(...frames);
  expect(queue.take([0, 1])).toEqual([frames[0], frames[1], frames[3]]);
  expect(queue.take(queue.partitions)).toEqual([frames[2]]);
  expect(queue.partitions).toEqual([]);
});

it("takes at least one, and drops what has been settled meanwhile", () => {
  const queue = queueOf(unit(0, 1, true), unit(0, 2 * maxRecordBatchBytes), unit(0, 1, true));
  expect(queue.take([0])).toHaveLength(1);
  expect(queue.take([0])).toEqual([]);
  expect(queue.partitions).toEqual([]);
});

it("lets partitions take turns, so that large ones do not keep out the others", () => {
  const large = Array.from({ length: 12 }, (_, at) => unit(at % 3, maxRecordBatchBytes - 200));
  const queue = queueOf(...large);
  const served: number[][] = [];
  while (queue.partitions.length > 0) {
    served.push(queue.take(queue.partitions).map(({ partition }) => partition));
  }
  expect(served.flat().sort()).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
  for (const send of served) expect(new Set(send).size).toBe(send.length);
});

it("puts frames back before later ones", () => {
  const frames = [unit(0, 1), unit(0, 2), unit(0, 3)];
  const queue = queueOf(frames[0], frames[1]);
  const taken = queue.take([0]);
  queue.add(frames[2]);
  queue.putBack(taken);
  expect(queue.take([0])).toEqual(frames);
});
