import { hash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeLeaf, encodeLeaf } from "../../../../src/runtime/core/tlog/leaf.js";
import {
  bundled,
  entriesOf,
  partialTiles,
  tileOf,
  tilePath,
} from "../../../../src/runtime/core/tlog/tile.js";
import { TileWriter } from "../../../../src/runtime/core/tlog/tile-writer.js";

describe("a tile", () => {
  it("has the path of the specification's examples", () => {
    const path = (level: number | "entries", index: number, width = 256) =>
      tilePath({ level, index, width });
    expect(path(0, 1_234_067)).toBe("tile/0/x001/x234/067");
    expect(path(0, 0)).toBe("tile/0/000");
    expect(path(63, 999, 255)).toBe("tile/63/999.p/255");
    expect(path("entries", 1_000, 1)).toBe("tile/entries/x001/000.p/1");
  });

  it("is there as often as the specification counts, in a tree of 70,000", () => {
    const writer = new TileWriter();
    const paths: string[] = [];
    for (let leaf = 0; leaf < 70_000; leaf++) {
      for (const { place } of writer.add(Buffer.of(leaf & 255))) paths.push(tilePath(place));
    }
    const full = (level: number | "entries") =>
      paths.filter((one) => one.startsWith(`tile/${level}/`));
    expect([full(0), full("entries"), full(1), full(2)].map(({ length }) => length)).toEqual([
      273, 273, 1, 0,
    ]);
    expect(new Set(paths).size).toBe(paths.length);
    expect(full(0).at(-1)).toBe("tile/0/272");
    expect(full(1)).toEqual(["tile/1/000"]);
    expect(writer.partial().map(({ place }) => tilePath(place))).toEqual([
      "tile/entries/273.p/112",
      "tile/0/273.p/112",
      "tile/1/001.p/17",
      "tile/2/000.p/1",
    ]);
  });

  it("is never empty: a tree of 256 leaves has two of hashes, an empty tree none", () => {
    expect(partialTiles(256).map(tilePath)).toEqual(["tile/1/000.p/1"]);
    expect(tilePath(tileOf(0, 255, 256))).toBe("tile/0/000");
    const empty = new TileWriter();
    expect(empty.partial()).toEqual([]);
    expect(empty.root).toEqual(hash("sha256", "", "buffer"));
  });
});

describe("a bundle of entries", () => {
  it("has each entry's length before it, in the network's order", () => {
    expect(bundled(Buffer.alloc(300)).subarray(0, 2)).toEqual(Buffer.of(1, 44));
  });

  it("gives back the entries, and nothing if it was cut", () => {
    const entries = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(entries, fc.nat(), (written, cut) => {
        const bundle = Buffer.concat(written.map(bundled));
        expect(entriesOf(bundle)).toEqual(written.map((one) => Buffer.from(one)));
        const last = 2 + (written.at(-1)?.length ?? 0);
        const torn = bundle.subarray(0, bundle.length - 1 - (cut % (last - 1)));
        expect(entriesOf(torn)).toBeUndefined();
      }),
    );
  });
});

describe("a decision's leaf", () => {
  const ballot = Buffer.from(Array.from({ length: 40 }, (_, index) => index + 1));

  it("is the version, the decision, the partition and the ballot", () => {
    const leaf = encodeLeaf(0x0102, 3, ballot);
    expect(leaf.toString("hex")).toBe(`01030201${ballot.toString("hex")}`);
    expect(decodeLeaf(leaf)).toMatchObject({
      decision: "unknown-candidate",
      partition: 0x0102,
      ballot: { voterTag: ballot.subarray(0, 16), choice: 0x2827 },
    });
  });

  it("is not read from other bytes", () => {
    const leaf = encodeLeaf(7, 0, ballot);
    expect(decodeLeaf(leaf.subarray(1))).toBeUndefined();
    expect(decodeLeaf(Buffer.concat([leaf, Buffer.of(0)]))).toBeUndefined();
    expect(decodeLeaf(Buffer.from([2, ...leaf.subarray(1)]))).toBeUndefined();
    expect(decodeLeaf(encodeLeaf(7, 5, ballot))).toBeUndefined();
  });
});
