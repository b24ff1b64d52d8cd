import { expect, it } from "vitest";
import { LogContent, MemoryLog } from "../../../../src/runtime/log/memory/log.js";
import type { PartitionHandler } from "../../../../src/runtime/log/port.js";
import { directWire, type Wire } from "../../../../src/runtime/time/wire.js";
import { SteppedClock } from "../../../helpers/test-clock.js";

const topic = { election: "e", partitions: 1 };
const beatMs = 250;

/** Notes which partitions a member holds. */
function holding(): { readonly held: Set<number>; readonly handler: PartitionHandler } {
  const held = new Set<number>();
  const handler: PartitionHandler = {
    async assigned(_topic, partition) {
      held.add(partition);
      return 0;
    },
    async records(_topic, _partition, records) {
      return records.length;
    },
    async revoked(_topic, partition) {
      held.delete(partition);
    },
    async failed(_topic, _partition, error) {
      throw error;
    },
  };
  return { held, handler };
}

/** Two members over one table of leases, and a clock that moves on only as told. */
function group() {
  const clock = new SteppedClock(1_000_000);
  const content = new LogContent();
  const join = async (id: string, wire: Wire = directWire) => {
    const log = new MemoryLog({ content, id, wire, clock });
    const { held, handler } = holding();
    await log.subscribe(async () => [topic], handler);
    return { held, log };
  };
  const beat = async () => {
    clock.moveTo(clock.wallClock() + beatMs);
    // All that follows from it goes before this.
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { join, beat };
}

it("a partition that a member could not give back comes to the next one all the same", async () => {
  const { join, beat } = group();
  let isHeld = () => true;
  let failures = 0;
  const losesOneRelease: Wire = async (operation, apply) => {
    if (operation === "log.lease" && !isHeld() && failures++ === 0) throw new Error("disk full");
    return apply(1);
  };
  const second = await join("member-2", losesOneRelease);
  isHeld = () => second.held.has(0);
  expect(second.held).toEqual(new Set([0]));
  // Partition 0 belongs to the first of the live members, in the order of their names.
  const first = await join("member-1");
  for (let beats = 0; beats < 40 && first.held.size === 0; beats++) await beat();
  expect(failures).toBeGreaterThan(0);
  expect([first.held, second.held]).toEqual([new Set([0]), new Set()]);
});
