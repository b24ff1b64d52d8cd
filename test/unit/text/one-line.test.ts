import { describe, expect, it } from "vitest";
import { oneLine } from "../../../src/runtime/text/one-line.js";

describe("oneLine", () => {
  it("takes away whatever could steer the terminal", () => {
    expect(oneLine("Ada\u001b[2J\r\nLovelace\u202e")).toBe("Ada [2J Lovelace");
    expect(oneLine("José Ñandú 投票")).toBe("José Ñandú 投票");
  });
});
