import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Listener } from "../../helpers/live/listener.js";

const running = {
  election: "demo",
  title: "Demo",
  status: "open",
  official: false,
  revision: 5,
  counted: 3,
  rejected: {},
  retriesAbsorbed: 0,
  result: [
    { candidate: "a", name: "A", votes: 2, share: 2 / 3 },
    { candidate: "b", name: "B", votes: 1, share: 1 / 3 },
  ],
  sealedPartitions: 0,
  partitions: 2,
};

type State = typeof running;
const idOf = (state: State) =>
  `${state.revision}-${crc32(JSON.stringify(state)).toString(16).padStart(8, "0")}`;
const result = (state: State) => ({ event: "result", id: idOf(state), data: { ...state } });
const end = { event: "end", data: { reason: "certified" } };
const delta = { election: "demo", from: 5, revision: 6, at: 1, counted: 4, votes: [3, 1] };
const after = {
  ...running,
  revision: 6,
  counted: 4,
  result: [
    { ...running.result[0], votes: 3, share: 3 / 4 },
    { ...running.result[1], votes: 1, share: 1 / 4 },
  ],
};

const certificate = { digest: "ab", certifiedAt: 4 };
const official = { ...after, status: "certified", official: true, revision: 9, ...certificate };

function told(...messages: Parameters<Listener["take"]>[0][]): readonly string[] {
  const listener = new Listener(0);
  for (const message of messages) listener.take(message);
  return listener.problems;
}

describe("a listener's account", () => {
  it("has nothing against what serve promises", () => {
    const step = { event: "delta", id: idOf(after), data: delta };
    expect(told(result(running), step, result(official), end)).toEqual([]);
  });

  it.each([
    ["another text than its id says", [{ ...result(running), id: "5-00000000" }]],
    [
      "a delta that leads elsewhere",
      [result(running), { event: "delta", id: idOf(after), data: { ...delta, votes: [2, 2] } }],
    ],
    [
      "a delta from a state that it does not have",
      [result(running), { event: "delta", id: idOf(after), data: { ...delta, from: 4 } }],
    ],
    ["figures that fall", [result(after), result(running)]],
    ["votes that are not the sum", [result({ ...running, counted: 4 })]],
    ["a mix of two states", [result({ ...official, status: "closed" })]],
    ["official figures taken back", [result(official), result({ ...after, revision: 10 })]],
    [
      "other official figures",
      [result(official), result({ ...official, retriesAbsorbed: 1, digest: "cd" } as State)],
    ],
    ["an end too early", [result(running), end]],
  ])("names %s", (_, messages) => {
    expect(told(...messages)).not.toEqual([]);
  });
});
