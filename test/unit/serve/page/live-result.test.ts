import { describe, expect, it } from "vitest";
import { applyDelta, standingOf } from "../../../../src/runtime/serve/page/shared/live-result.js";
import { liveResult } from "./support.js";

const head = { election: "demo", at: 1 };

describe("a delta", () => {
  it("sets the votes, works the shares out again, and changes what it names", () => {
    const next = applyDelta(liveResult(), {
      election: "demo",
      from: 7,
      revision: 9,
      at: 1,
      votes: [30, 30],
      status: "closed",
    });
    expect(next).toEqual(
      liveResult({
        revision: 9,
        status: "closed",
        counted: 60,
        result: [
          { candidate: "one", name: "One", votes: 30, share: 0.5 },
          { candidate: "two", name: "Two", votes: 30, share: 0.5 },
        ],
      }),
    );
  });

  it("takes away what is null", () => {
    const stale = liveResult({ stale: true as const, asOf: 5 });
    const next = applyDelta(stale, { ...head, from: 7, revision: 7, stale: null, asOf: null });
    expect(next).toEqual(liveResult());
  });

  it("fits when it began before these figures: what it holds is absolute", () => {
    expect(
      applyDelta(liveResult(), { ...head, from: 5, revision: 8, votes: [1, 2] })?.counted,
    ).toBe(3);
  });

  it("changes nothing when it is older, and does not fit over a gap or other candidates", () => {
    const figures = liveResult();
    expect(applyDelta(figures, { ...head, from: 5, revision: 6, votes: [1, 2] })).toBe(figures);
    expect(applyDelta(figures, { ...head, from: 8, revision: 9, votes: [1, 2] })).toBeUndefined();
    expect(
      applyDelta(figures, { ...head, from: 7, revision: 9, votes: [1, 2, 3] }),
    ).toBeUndefined();
  });
});

describe("the standing", () => {
  it.each([
    ["draft", false, "draft"],
    ["open", false, "counting"],
    ["closed", false, "closed"],
    ["certified", false, "closed"],
    ["certified", true, "certified"],
  ] as const)("of status %s, official %s, is %s", (status, official, standing) => {
    expect(standingOf({ status, official })).toBe(standing);
  });

  it("is recounting only while a recount runs", () => {
    const closed = { status: "closed", official: false } as const;
    expect(standingOf({ ...closed, recounting: true })).toBe("recounting");
  });

  it("is disputed until the result is official", () => {
    const disputed = { since: 9, finding: "log-differs" };
    const closed = { status: "closed", recounting: true, disputed } as const;
    expect(standingOf({ ...closed, official: false })).toBe("disputed");
    expect(standingOf({ ...closed, status: "certified", official: true })).toBe("certified");
    const before = liveResult({ status: "closed", disputed });
    const next = applyDelta(before, { ...head, from: 7, revision: 8, disputed: null });
    expect(next).not.toHaveProperty("disputed");
  });
});
