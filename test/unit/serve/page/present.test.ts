import { describe, expect, it } from "vitest";
import type { LiveResult } from "../../../../src/runtime/contracts/http/result.js";
import { formatsFor } from "../../../../src/runtime/serve/page/shared/formats.js";
import { present } from "../../../../src/runtime/serve/page/shared/present.js";
import { english } from "../../../../src/runtime/serve/page/shared/texts-en.js";
import { portuguese } from "../../../../src/runtime/serve/page/shared/texts-pt.js";
import { liveResult } from "./support.js";

const shown = (changes: Partial<LiveResult> = {}, now = 1_000) =>
  present(liveResult(changes), english, formatsFor("en-GB", "UTC"), now);

/** A result of candidates with so many votes. */
function resultOf(...votes: readonly number[]): Partial<LiveResult> {
  const counted = votes.reduce((sum, one) => sum + one, 0);
  const result = votes.map((one, index) => {
    const name = ["Ada", "Grace", "Edsger"][index];
    return { candidate: name, name, votes: one, share: counted === 0 ? 0 : one / counted };
  });
  return { counted, result };
}

describe("what a result's page says", () => {
  it("of a closed election: that it awaits its recount, until one runs", () => {
    const closed = { status: "closed", sealedPartitions: 8 } as const;
    expect(shown(closed).label).toBe("Closed, awaiting recount");
    expect(shown({ ...closed, recounting: true }).label).toBe("Closed, recounting");
    expect(shown(closed).note).not.toContain("checking");
  });

  it("of a disputed one: that it is held, and where, though a recount runs", () => {
    const at = { since: 9, finding: "log-differs" };
    const disputed = { ...at, partition: 1, segment: 3, position: 7, ballot: 0 };
    const closed = { status: "closed", sealedPartitions: 7, recounting: true } as const;
    const { label, note, standing } = shown({ ...closed, disputed });
    expect([label, note, standing]).toEqual([
      "Disputed, not official",
      "Voting has ended. The recount found something that does not agree, so the result is held " +
        "until it is explained. Found first in partition 1, segment 3, position 7, ballot 0.",
      "disputed",
    ]);
    expect(shown({ ...closed, disputed: at }).note).toMatch(/until it is explained\.$/);
    const inTrail = { ...at, finding: "broken-trail", change: 2 };
    const figures = liveResult({ ...closed, disputed: inTrail });
    const translated = present(figures, portuguese, formatsFor("pt-BR", "UTC"), 1_000);
    expect(translated.label).toBe("Contestado, não oficial");
    expect(translated.note).toMatch(/divergência: alteração 2 da eleição\.$/);
  });

  it("of a closed one whose last ballots are still being counted: that, and of no recount", () => {
    const { label, note } = shown({ status: "closed", sealedPartitions: 7 });
    expect([label, note]).toEqual([
      "Voting over, counting",
      "Voting has ended. The last ballots are being counted.",
    ]);
  });

  it("of an open one: until when, and nothing of more votes once that has passed", () => {
    const closesAt = 61_000;
    const open = shown({ closesAt });
    expect([open.note, open.countdown]).toEqual([
      "Voting is open until 00:01 UTC. These figures are not final.",
      "1 min 00 s to go.",
    ]);
    const closing = shown({ closesAt }, closesAt);
    expect([closing.note, closing.countdown]).toEqual([
      "Voting has ended. The last ballots are being counted.",
      "",
    ]);
  });

  it("of one vote: in the singular", () => {
    const one = shown(resultOf(1, 0));
    expect(one.lines.map(({ votes }) => votes)).toEqual(["1 vote", "0 votes"]);
    expect(one.countedUnit).toBe("vote counted");
    expect(one.margin).toBe("Ada is ahead of Grace by 1 vote (100.0 percentage points).");
    expect(shown().countedUnit).toBe("votes counted");
  });

  it.each([
    [[30, 1_270, 700], "Grace is ahead of Edsger by 570 votes (28.5 percentage points)."],
    [[7, 7, 1], "The first places are level, with 7 votes each."],
    [[0, 0], ""],
    [[9], ""],
  ])("of %j votes: %s", (votes, margin) => {
    expect(shown(resultOf(...votes)).margin).toBe(margin);
  });

  it("of the rate, once voting has ended: the mean until the last ballot", () => {
    const hours = { openedAt: 1_000, closesAt: 21_000, closedAt: 24_000 };
    expect(shown({ ...hours, ...resultOf(90, 10) }).meanRate).toBe("");
    const closed = { ...hours, status: "closed", ...resultOf(90, 10) } as const;
    expect(shown(closed).meanRate).toBe("5");
    expect(shown({ ...closed, ...resultOf(1) }).meanRate).toBe("0.05");
    expect(shown({ ...closed, closesAt: undefined }).meanRate).toBe("4.3");
    expect(shown({ status: "closed" }).meanRate).toBe("");
  });
});
