import { expect, it } from "vitest";
import { withClosingTime } from "../../../src/runtime/core/closing.js";
import { createElection, type Election, withStatus } from "../../../src/runtime/core/election.js";
import type { VoteError } from "../../../src/runtime/core/errors.js";
import { MemoryItems, TableContent } from "../../../src/runtime/dynamodb/memory-items.js";
import { ElectionCache } from "../../../src/runtime/ingest/election/election-cache.js";
import { DynamoRegistry } from "../../../src/runtime/registry/dynamodb.js";
import type { Registry } from "../../../src/runtime/registry/port.js";
import { identityOf } from "../../helpers/data/identity.js";
import { passedThrough } from "../../helpers/passed-through.js";
import { eventually } from "../../helpers/temporary.js";
import { SteppedClock } from "../../helpers/test-clock.js";

const start = 1_800_000_000_000;
const electionKey = async () => Buffer.alloc(32, 1);

function draftOf(id: string) {
  const candidates = [{ id: "a", name: "A" }];
  return { id, title: "Late", candidates, partitions: 1, ...identityOf(id) };
}

const emptyRegistry = () => new DynamoRegistry(new MemoryItems(new TableContent()), "registry");

async function addOpen(registry: Registry, id: string) {
  const draft = createElection({ ...draftOf(id), createdAt: start });
  await registry.create(draft);
  const open = withStatus(draft, "open", start);
  await registry.replace(open);
  return open;
}

/** Opens elections in a registry that never answers for those in `hanging`, or for `key of ID`. */
async function hangingScene(...ids: string[]) {
  const registry = emptyRegistry();
  for (const id of ids) await addOpen(registry, id);
  const hanging = new Set<string>();
  const late = new Map<string, () => void>();
  const clock = new SteppedClock(start);
  const pass = async (what: string) => {
    if (hanging.has(what)) await new Promise<void>((resolve) => late.set(what, resolve));
  };
  const hangs = passedThrough(registry, {
    async get(id) {
      const answer = await registry.get(id);
      await pass(id);
      return answer;
    },
  });
  const hangingKey = async ({ id }: Election) => {
    await pass(`key of ${id}`);
    return electionKey();
  };
  const cache = new ElectionCache({ registry: hangs, electionKey: hangingKey, clock });
  /** Asks for the election, and has the clock at once where a read is given up. */
  const giveUp = async (id: string, waitingFor = id) => {
    const asked = cache.get(id).then(String, ({ code, status }: VoteError) => `${status} ${code}`);
    await eventually("the read", () => late.has(waitingFor));
    clock.moveTo(clock.now() + 2_000);
    return asked;
  };
  return { registry, cache, clock, hanging, late, giveUp };
}

/** An open election, whose record each read gives so late, after `meanwhile` has happened. */
async function scene(lateMs: readonly number[], meanwhile: () => Promise<void> = async () => {}) {
  const registry = emptyRegistry();
  const open = await addOpen(registry, "late");
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

it("says 503 where the registry does not answer, and asks it again later", async () => {
  const { cache, hanging, giveUp } = await hangingScene("one");
  hanging.add("one");
  expect(await giveUp("one")).toBe("503 ledger-unavailable");
  expect(await giveUp("one")).toBe("503 ledger-unavailable");
  hanging.clear();
  expect((await cache.get("one")).election.status).toBe("open");
});

it("holds up no other election while one hangs, however many ask for it", async () => {
  const { cache, clock, hanging, late } = await hangingScene("one", "other");
  await cache.get("other");
  hanging.add("one");
  const codes: string[] = [];
  const asked = Array.from({ length: 12_000 }, () =>
    cache.get("one").catch(({ code }: VoteError) => codes.push(code)),
  );
  await eventually("the read", () => late.has("one"));
  await eventually("those refused at once", () => codes.length > 0);
  expect(new Set(codes)).toEqual(new Set(["overloaded"]));
  clock.moveTo(clock.now() + 400);
  expect(cache.fresh("other")).toBeUndefined();
  expect((await cache.get("other")).election.id).toBe("other");
  clock.moveTo(clock.now() + 2_000);
  await Promise.all(asked);
  expect(new Set(codes)).toEqual(new Set(["overloaded", "ledger-unavailable"]));
});

it("believes no answer to a read that was given up when it knows a later one", async () => {
  const { registry, cache, clock, hanging, late, giveUp } = await hangingScene("one");
  const { election } = await cache.get("one");
  clock.moveTo(clock.now() + 400);
  hanging.add("one");
  expect(await giveUp("one")).toBe("503 ledger-unavailable");
  hanging.clear();
  await registry.replace(withClosingTime(election, start));
  expect((await cache.get("one")).election.closesAt).toBeDefined();
  late.get("one")?.();
  await new Promise(setImmediate);
  expect((await cache.get("one")).election.closesAt).toBeDefined();
});

it("believes no late answer that there is no election once it knows one", async () => {
  const { registry, cache, clock, hanging, late, giveUp } = await hangingScene();
  hanging.add("one");
  expect(await giveUp("one")).toBe("503 ledger-unavailable");
  hanging.clear();
  await addOpen(registry, "one");
  await cache.get("one");
  late.get("one")?.();
  await new Promise(setImmediate);
  clock.moveTo(clock.now() + 400);
  expect((await cache.get("one")).election.status).toBe("open");
});

it("forgets that there was no election once it finds one", async () => {
  const { registry, cache, clock, hanging, late, giveUp } = await hangingScene();
  hanging.add("one");
  expect(await giveUp("one")).toBe("503 ledger-unavailable");
  const answerFirst = late.get("one");
  await addOpen(registry, "one");
  const second = cache.get("one");
  await eventually("the second read", () => late.get("one") !== answerFirst);
  answerFirst?.();
  await new Promise(setImmediate);
  late.get("one")?.();
  await second;
  hanging.clear();
  clock.moveTo(clock.now() + 400);
  expect((await cache.get("one")).election.status).toBe("open");
});

it("keeps the later record when the key for an earlier one comes late", async () => {
  const { registry, cache, hanging, late, giveUp } = await hangingScene("one");
  const open = await registry.get("one");
  hanging.add("key of one");
  expect(await giveUp("one", "key of one")).toBe("503 ledger-unavailable");
  hanging.clear();
  await registry.replace(withClosingTime(open!, start));
  const later = await cache.get("one");
  late.get("key of one")?.();
  await new Promise(setImmediate);
  expect(cache.fresh("one")).toBe(later);
  expect(later.election.closesAt).toBeDefined();
});
