import { expect, it } from "vitest";
import { withClosingTime } from "../../../src/runtime/core/closing.js";
import { createElection, withStatus } from "../../../src/runtime/core/election.js";
import { MemoryItems, TableContent } from "../../../src/runtime/dynamodb/memory-items.js";
import { ElectionCache } from "../../../src/runtime/ingest/election/election-cache.js";
import { DynamoRegistry } from "../../../src/runtime/registry/dynamodb.js";
import { identityOf } from "../../helpers/data/identity.js";
import { passedThrough } from "../../helpers/passed-through.js";
import { SteppedClock } from "../../helpers/test-clock.js";

const start = 1_800_000_000_000;

/** An open election, whose record each read gives so late, after `meanwhile` has happened. */
async function scene(lateMs: readonly number[], meanwhile: () => Promise<void> = async () => {}) {
  const registry = new DynamoRegistry(new MemoryItems(new TableContent()), "registry");
  const draft = createElection({
    id: "late",
    title: "Late",
    candidates: [{ id: "a", name: "A" }],
    partitions: 1,
    ...identityOf("unit"),
    createdAt: start,
  });
  await registry.create(draft);
  const open = withStatus(draft, "open", start);
  await registry.replace(open);
  const clock = new SteppedClock(start);
  let reads = 0;
  const slow = passedThrough(registry, {
    async get(id) {
      const answer = await registry.get(id);
      await meanwhile();
      clock.moveTo(clock.now() + (lateMs[reads++] ?? 0));
      return answer;
    },
  });
  const electionKey = async () => Buffer.alloc(32, 1);
  const cache = new ElectionCache({ registry: slow, electionKey, clock });
  return { cache, registry, open, reads: () => reads };
}

it("reads a record again that came so late that its end may be announced and over", async () => {
  let close = async () => {};
  const { cache, registry, open, reads } = await scene([1_800], () => close());
  close = async () => {
    close = async () => {};
    await registry.replace(withClosingTime(open, start));
  };
  const { election } = await cache.get("late");
  expect(election.closesAt).toBe(start + 1_000);
  expect(reads()).toBe(2);
});

it("takes a record that came in time", async () => {
  const { cache, reads } = await scene([499]);
  expect((await cache.get("late")).election.status).toBe("open");
  expect(reads()).toBe(1);
});

it("gives up when the registry answers too late each time", async () => {
  const { cache } = await scene([500, 500, 500]);
  await expect(cache.get("late")).rejects.toMatchObject({ code: "ledger-unavailable" });
});
