import { describe, expect, it } from "vitest";
import {
  rejectionReasons,
  rejectionsByName,
} from "../../../../src/runtime/core/formats/decision.js";
import {
  readRefusals,
  refusalBytes,
  refusalReasons,
  whyMisplaced,
  writeRefusals,
} from "../../../../src/runtime/core/formats/refusal.js";

const home = { election: "e", partition: 3, instance: Buffer.alloc(16, 1) };

describe("a record", () => {
  it("is misplaced when read from another election, partition or instance than its own", () => {
    expect(whyMisplaced({ ...home, instance: Buffer.from(home.instance) }, home)).toBeUndefined();
    expect(whyMisplaced({ ...home, election: "f" }, home)).toBe("wrong-election");
    expect(whyMisplaced({ ...home, partition: 4 }, home)).toBe("wrong-partition");
    const reborn = { ...home, instance: Buffer.alloc(16, 2) };
    expect(whyMisplaced(reborn, home)).toBe("wrong-instance");
    // The first difference names it, so that two readers give the same reason.
    expect(whyMisplaced({ ...reborn, election: "f", partition: 4 }, home)).toBe("wrong-election");
    expect(whyMisplaced({ ...reborn, partition: 4 }, home)).toBe("wrong-partition");
  });

  it("is refused for a known reason, by the format's number", () => {
    const hash = Buffer.alloc(32, 9);
    const refused = refusalReasons.map((reason, position) => ({ position, reason, hash }));
    const bytes = Buffer.alloc(3 + refused.length * refusalBytes);
    writeRefusals(bytes, 3, refused);
    expect(refused.map((_, index) => bytes.readUInt16LE(3 + index * 42 + 8))).toEqual([
      1, 2, 3, 4, 5, 6, 7,
    ]);
    expect(readRefusals(bytes, 3, refused.length)).toEqual(refused);
    bytes.writeUInt16LE(8, 3 + 42 + 8);
    expect(readRefusals(bytes, 3, refused.length)).toBeUndefined();
  });
});

it("rejections are named by their reasons, without those that never happened", () => {
  expect(rejectionsByName([0, 2, 0, 1])).toEqual({
    "election-closed": 2,
    "wrong-partition": 1,
  });
  expect(rejectionsByName([])).toEqual({});
  expect(rejectionReasons).not.toContain("counted");
});
