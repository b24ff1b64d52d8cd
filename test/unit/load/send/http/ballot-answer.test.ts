import { describe, expect, it } from "vitest";
import {
  ballotOutcomeOf,
  batchOutcomeOf,
} from "../../../../../src/runtime/load/send/http/ballot-answer.js";

describe("ballotOutcomeOf", () => {
  it.each([
    [202, '{"partition":2,"position":7}', { kind: "acknowledged", partition: 2, position: 7 }],
    [202, "cut", { kind: "unknown" }],
    [503, '{"code":"overloaded"}', { kind: "unknown" }],
    [500, "", { kind: "unknown" }],
    [409, '{"code":"election-closed"}', { kind: "refused", code: "election-closed" }],
    [404, "<html>", { kind: "refused", code: "http-404" }],
  ])("reads %i %s", (status, body, expected) => {
    expect(ballotOutcomeOf({ status, body })).toEqual(expected);
  });

  it("knows nothing without an answer", () => {
    expect(ballotOutcomeOf(undefined)).toEqual({ kind: "unknown" });
  });
});

describe("batchOutcomeOf", () => {
  it("reads refusals by line, from 0, and the last positions", () => {
    const body = JSON.stringify({
      accepted: 2,
      refused: 1,
      refusals: [{ line: 2, code: "invalid-ballot", detail: "" }],
      positions: { 0: 5, 3: 8 },
    });
    expect(batchOutcomeOf({ status: 200, body }, 3)).toEqual({
      refusals: new Map([[1, "invalid-ballot"]]),
      positions: new Map([
        [0, 5],
        [3, 8],
      ]),
    });
  });

  it("refuses every line with the whole batch, and knows nothing after a 503", () => {
    const closed = { status: 409, body: '{"code":"election-closed"}' };
    expect(batchOutcomeOf(closed, 2)?.refusals).toEqual(
      new Map([
        [0, "election-closed"],
        [1, "election-closed"],
      ]),
    );
    expect(batchOutcomeOf({ status: 503, body: "{}" }, 2)).toBeUndefined();
    expect(batchOutcomeOf({ status: 200, body: "{}" }, 2)).toBeUndefined();
    expect(batchOutcomeOf(undefined, 2)).toBeUndefined();
  });
});
