import { describe, expect, it } from "vitest";
import { parseCandidates } from "../../../src/cli/flags/candidates.js";
import { isElectionId } from "../../../src/runtime/core/election.js";

const idsOf = (...texts: string[]) => parseCandidates(texts).map(({ id }) => id);

describe("--candidate", () => {
  it("takes an id with a name, or a name from which the id is made", () => {
    expect(parseCandidates(["owl=Tawny owl", "Tawny owl", "fox"])).toEqual([
      { id: "owl", name: "Tawny owl" },
      { id: "tawny-owl", name: "Tawny owl" },
      { id: "fox", name: "fox" },
    ]);
  });

  it("makes ids that an election takes, and that differ", () => {
    expect(idsOf("Zé Ninguém", "  O'Neill, A. ", "São João!")).toEqual([
      "ze-ninguem",
      "o-neill-a",
      "sao-joao",
    ]);
    expect(idsOf("Ann", "ann", "ANN")).toEqual(["ann", "ann-2", "ann-3"]);
    expect(idsOf("Ζωή", "百合")).toEqual(["c1", "c2"]);
    expect(idsOf("x".repeat(80), "x".repeat(80)).every(isElectionId)).toBe(true);
  });
});
