import { describe, expect, it } from "vitest";
import { parseMomentChange } from "../../../src/cli/flags/times.js";
import { trailText } from "../../../src/cli/text/trail-text.js";
import {
  createElection,
  type Election,
  withSchedule,
  withStatus,
} from "../../../src/runtime/core/election.js";

const draft = createElection({
  id: "mascot",
  instance: "0".repeat(32),
  title: "Mascot",
  candidates: [
    { id: "owl", name: "Owl" },
    { id: "fox", name: "Fox" },
  ],
  partitions: 8,
  keyId: "k",
  keyFingerprint: "",
  createdAt: 0,
  closesAt: 60_000,
});
const change = (election: Election, by: string, at: number) => ({ election, by, at, previous: "" });

describe("vote election trail", () => {
  const later = withSchedule(draft, { closesAt: 90_000 }, 1_000);
  const open = withStatus(later, "open", 2_000);
  const changes = [
    change(draft, "cli:ada", 0),
    change(later, "bob", 1_000),
    change(open, "cli:ada", 2_000),
  ];

  it("says who did what, from which value to which, and the head to write down", () => {
    const trail = { election: "mascot", changes, whole: true, head: "abc" };
    expect(trailText(trail).split("\n")).toEqual([
      "  1  1970-01-01T00:00:00.000Z  cli:ada  created, with 2 candidates",
      "                                        closes at none → 1970-01-01T00:01:00.000Z",
      "  2  1970-01-01T00:00:01.000Z  bob      " +
        "closes at 1970-01-01T00:01:00.000Z → 1970-01-01T00:01:30.000Z",
      "  3  1970-01-01T00:00:02.000Z  cli:ada  draft → open",
      "",
      "✓ The trail is whole. Write its head down: whoever has it notices a trail that was altered.",
      "  abc",
    ]);
  });

  it("names the change that is not as it was written", () => {
    const fault = { change: 2, what: "it is missing" };
    expect(trailText({ election: "mascot", changes, whole: false, head: "", fault })).toMatch(
      /\n✗ The trail is NOT whole: election mascot, change 2: it is missing\.$/,
    );
  });
});

describe("the times of vote election schedule", () => {
  it("are left alone, removed by none, or set", () => {
    expect(parseMomentChange("closesAt", undefined)).toEqual({});
    expect(parseMomentChange("closesAt", "none")).toEqual({ closesAt: null });
    expect(parseMomentChange("closesAt", "1970-01-01T00:00:01Z")).toEqual({ closesAt: 1_000 });
  });
});
