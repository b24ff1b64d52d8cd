import { describe, expect, it } from "vitest";
import { faultKinds } from "../../../src/runtime/chaos/faults/kinds.js";
import { diceOf, faultOrder } from "../../../src/runtime/chaos/plan.js";

const all = [...faultKinds.keys()];
const namesOf = (seed: number, faults: number, kinds = all) =>
  faultOrder(seed, kinds, faults).map(({ name }) => name);

describe("the order of the faults", () => {
  it("has each kind once in each round", () => {
    const names = namesOf(7, 2 * all.length);
    expect(names.slice(0, all.length).sort()).toEqual([...all].sort());
    expect(names.slice(all.length).sort()).toEqual([...all].sort());
  });

  it("is the seed's, however many are asked for", () => {
    expect(namesOf(7, 50)).toEqual(namesOf(7, 100).slice(0, 50));
    expect(namesOf(8, 50)).not.toEqual(namesOf(7, 50));
  });

  it("has only the kinds that are named, and no unknown one", () => {
    expect(namesOf(1, 3, ["redis-killed"])).toEqual(Array(3).fill("redis-killed"));
    const unknown = () => namesOf(1, 3, ["broker-kiled"]);
    expect(unknown).toThrow('There is no kind of fault "broker-kiled".');
  });
});

it("the chance of each fault is its own, and the same again", () => {
  const draw = (seed: number, number: number) => diceOf(seed, number).random();
  const draws = [draw(1, 1), draw(1, 2), draw(2, 1), draw(0, 1_000_000)];
  expect(new Set(draws).size).toBe(draws.length);
  expect([draw(1, 1), draw(1, 2), draw(2, 1), draw(0, 1_000_000)]).toEqual(draws);
});
