import { describe, expect, it } from "vitest";
import { errorCatalogue } from "../../../../src/runtime/core/errors.js";
import { rejectionReasons } from "../../../../src/runtime/core/formats/decision.js";
import { refusalText } from "../../../../src/runtime/serve/page/shared/refusal.js";
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
    const known = Object.keys(english.reasons);
    expect(rejectionReasons.filter((reason) => !known.includes(reason))).toEqual([]);
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
