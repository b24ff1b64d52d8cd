import { expect, it } from "vitest";
import { findingsOf } from "../../../src/runtime/view/redis-settings.js";

const info = (facts: Readonly<Record<string, string | number>>) =>
  Object.entries(facts)
    .map(([name, value]) => `${name}:${value}\r\n`)
    .join("");

const settings = (facts: Readonly<Record<string, string | number>>) =>
  findingsOf(`# Memory\r\n${info(facts)}`).map(({ setting }) => setting);

it("finds settings with which Redis drops or refuses figures", () => {
  const full = { maxmemory: 1_000, used_memory: 950 };
  expect(settings({ ...full, maxmemory_policy: "noeviction" })).toEqual(["maxmemory"]);
  const roomy = { maxmemory: 1_000, used_memory: 10 };
  expect(settings({ ...roomy, maxmemory_policy: "allkeys-lru" })).toEqual(["maxmemory-policy"]);
  expect(settings({ rdb_last_bgsave_status: "err" })).toEqual(["the last save to disk"]);
});

it("finds nothing where nothing is dropped", () => {
  const roomy = { maxmemory: 1_000, used_memory: 10, rdb_last_bgsave_status: "ok" };
  expect(settings({ ...roomy, maxmemory_policy: "volatile-lru" })).toEqual([]);
  expect(settings({ maxmemory: 0, used_memory: 10, maxmemory_policy: "allkeys-lru" })).toEqual([]);
});
