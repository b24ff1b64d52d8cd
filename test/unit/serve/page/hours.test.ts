import { describe, expect, it } from "vitest";
import { formatsFor } from "../../../../src/runtime/serve/page/shared/formats.js";
import {
  countdownText,
  durationText,
  type Hours,
  hoursText,
  phaseOf,
} from "../../../../src/runtime/serve/page/shared/hours.js";
import { english } from "../../../../src/runtime/serve/page/shared/texts-en.js";
import { portuguese } from "../../../../src/runtime/serve/page/shared/texts-pt.js";

const now = Date.UTC(2026, 10, 21, 20, 30);
const nine = Date.UTC(2026, 10, 21, 21, 0);
const [gb, br] = [formatsFor("en-GB", "UTC"), formatsFor("pt-BR", "UTC")];
const draft: Hours = { status: "draft" };
const open: Hours = { status: "open", openedAt: 1 };

describe("an election's hours", () => {
  it.each([
    [draft, "before", "Voting has not begun.", ""],
    [{ ...draft, opensAt: nine }, "before", "Voting opens: 21:00 UTC.", "30 min 00 s to go."],
    [{ ...draft, opensAt: now - 1 }, "before", "Voting opens: 20:29 UTC.", ""],
    [open, "open", "Voting is open.", ""],
    [{ ...open, closesAt: nine }, "open", "Voting is open until 21:00 UTC.", "30 min 00 s to go."],
    // The close comes a few seconds after the last ballot.
    [{ ...open, closesAt: now }, "over", "Voting has ended.", ""],
    [{ status: "closed", closesAt: nine }, "over", "Voting has ended.", ""],
    [{ status: "certified" }, "over", "Voting has ended.", ""],
  ] satisfies [Hours, string, string, string][])("%j: %s", (hours, phase, said, countdown) => {
    expect(phaseOf(hours, now)).toBe(phase);
    expect(hoursText(hours, now, english, gb)).toBe(said);
    expect(countdownText(hours, now, english)).toBe(countdown);
  });

  it("name the day where it is another one, and speak Portuguese", () => {
    const hours = { ...open, closesAt: nine + 86_400_000 };
    expect(hoursText(hours, now, english, gb)).toBe("Voting is open until 22/11/2026, 21:00 UTC.");
    expect(hoursText({ ...open, closesAt: nine }, now, portuguese, br)).toBe(
      "Votação aberta até 21:00 UTC.",
    );
  });
});

describe("a duration", () => {
  it.each([
    [1, "1 s"],
    [59_000, "59 s"],
    [59_001, "1 min 00 s"],
    [725_000, "12 min 05 s"],
    [3_600_000, "1 h 00 min"],
    [90_061_000, "1 d 01 h"],
  ])("of %i ms is %s", (ms, said) => {
    expect(durationText(ms)).toBe(said);
  });
});
