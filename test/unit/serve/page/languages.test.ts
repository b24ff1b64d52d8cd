import { describe, expect, it } from "vitest";
import { errorCatalogue } from "../../../../src/runtime/core/errors.js";
import { rejectionReasons } from "../../../../src/runtime/core/formats/decision.js";
import { refusalText, rejectionTexts } from "../../../../src/runtime/serve/page/shared/refusal.js";
import { english } from "../../../../src/runtime/serve/page/shared/texts-en.js";
import { portuguese } from "../../../../src/runtime/serve/page/shared/texts-pt.js";

/** Every text by its path; those with arguments get 2 of each. */
function textsIn(value: unknown, path = ""): [string, string][] {
  if (typeof value === "string") return [[path, value]];
  if (typeof value === "function") return [[path, String(value("2", "2", "2", "2"))]];
  return Object.entries(value as object).flatMap(([name, one]) =>
    textsIn(one, path === "" ? name : `${path}.${name}`),
  );
}

describe("the pages' texts", () => {
  it("are all there in both languages, and differ", () => {
    const [ours, theirs] = [new Map(textsIn(english)), new Map(textsIn(portuguese))];
    expect([...theirs.keys()].sort()).toEqual([...ours.keys()].sort());
    const untranslated = [...ours].filter(
      ([path, said]) => said !== "" && theirs.get(path) === said,
    );
    expect(untranslated).toEqual([]);
    expect([...theirs.values()].join()).not.toMatch(/undefined|NaN/);
  });

  it("name every reason that a count has, in both", () => {
    for (const known of [english.reasons, english.voting.rejections]) {
      expect(Object.keys(known)).toEqual(expect.arrayContaining([...rejectionReasons]));
    }
  });
});

describe("a refused ballot", () => {
  it("is explained in the reader's language", () => {
    expect(refusalText("election-closed", false, portuguese)).toBe(
      "Seu voto foi recusado: a votação terminou.",
    );
    expect(refusalText("election-closed", true, english)).toBe(
      "Your ballot was refused: voting has ended. An attempt before may have arrived all the same.",
    );
  });

  it("is explained whatever the code", () => {
    for (const code of Object.keys(english.voting.refusals))
      expect(errorCatalogue).toHaveProperty(code);
    expect(refusalText("body-too-large", false, portuguese)).toBe(
      "Seu voto foi recusado: o servidor não o aceitou (body-too-large).",
    );
  });
});

describe("a ballot that has arrived, but does not count", () => {
  it("is not greeted like one that does, in either language", () => {
    for (const texts of [english, portuguese]) {
      for (const reason of rejectionReasons) {
        const { heading, note } = rejectionTexts(reason, texts);
        const greetings = [texts.voting.receipt, texts.voting.receiptNote, texts.voting.voted];
        expect(greetings).not.toContain(heading);
        expect(greetings).not.toContain(note);
      }
    }
  });

  it("says of the voter's earlier ballot only where there is one", () => {
    const second = rejectionTexts("already-voted", english);
    expect(second).toEqual({
      heading: "You had voted already",
      note: "This ballot is stored, but does not count: an earlier one of yours does. Its receipt:",
      decision: "Rejected: you had voted before.",
      hasVoted: true,
    });
    expect(rejectionTexts("election-closed", portuguese)).toEqual({
      heading: "Seu voto não conta",
      note: "Ele está gravado, mas a apuração o rejeitou. O recibo dele:",
      decision: "Rejeitado: a votação já tinha terminado.",
      hasVoted: false,
    });
  });
});
