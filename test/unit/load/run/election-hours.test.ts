import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import type { Election } from "../../../../src/runtime/core/election.js";
import { ElectionHours } from "../../../../src/runtime/load/run/election-hours.js";
import { electionOf } from "../../../helpers/data/chains.js";
import { SteppedClock } from "../../../helpers/test-clock.js";

it("follows an end that is announced, and knows nothing without the registry", async () => {
  const clock = new SteppedClock(100_000);
  let election: Election = { ...electionOf("lunch", 2, 1), status: "open" };
  let away = false;
  const registry = {
    async get() {
      if (away) throw new Error("away");
      return election;
    },
  };
  const hours = new ElectionHours({ election, registry, clock });
  const said = () => ({ takes: hours.takes, acknowledges: hours.acknowledges });
  const following = hours.follow();
  /** The time comes, and everybody who waited for it has had a turn. */
  const read = async (at: number) => {
    await setImmediate();
    clock.moveTo(at);
    await setImmediate();
  };
  expect(said()).toEqual({ takes: "yes", acknowledges: true });
  election = { ...election, closesAt: 101_500 };
  await read(100_250);
  await read(101_000);
  expect(hours.takes).toBe("yes");
  await read(101_500);
  expect(said()).toEqual({ takes: "no", acknowledges: true });
  await read(103_499);
  expect(hours.acknowledges).toBe(true);
  clock.moveTo(103_500);
  expect(hours.acknowledges).toBe(false);
  // An extension counts as well.
  election = { ...election, closesAt: 900_000 };
  await read(104_000);
  expect(hours.takes).toBe("yes");
  away = true;
  await read(104_499);
  expect(said()).toEqual({ takes: "yes", acknowledges: true });
  // An end may have been announced since, for half a second from now.
  clock.moveTo(104_500);
  expect(said()).toEqual({ takes: "unsure", acknowledges: true });
  clock.moveTo(106_000);
  expect(said()).toEqual({ takes: "unsure", acknowledges: false });
  hours.stop();
  await following;
});
