import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  countLines,
  parseFlatObjects,
  parseLines,
} from "../../../../src/runtime/ingest/lines/ndjson.js";

const wellFormed = fc
  .record({ voter: fc.string({ unit: "binary" }), choice: fc.string() })
  .map((value) => JSON.stringify(value));
/** Pieces that could be mistaken for one another across a line break. */
const fragment = fc.constantFrom(
  ...[
    '{"a":1}',
    "{}",
    "{",
    "}",
    '{"a":',
    '"b":1}',
    '"',
    "[",
    "]",
    "{}]}",
    '{"z":[1',
    ",1",
    "{},{}",
  ],
  ...["1", "null", "", " ", '{"s":"x', 'y"}', '{"s":"{"}', "\\", "\r"],
);
const lineText = fc.oneof(
  wellFormed,
  fragment,
  fc.array(fragment).map((parts) => parts.join("")),
);

describe("ndjson", () => {
  it("counts lines as parseLines sees them", () => {
    fc.assert(
      fc.property(fc.array(lineText), fc.constantFrom("", "\n"), (lines, end) => {
        const body = Buffer.from(lines.join("\n") + end);
        expect(countLines(body)).toBe(body.length === 0 ? 0 : parseLines(body).length);
      }),
    );
  });

  it("never sees anything else in all lines at once than line by line", () => {
    fc.assert(
      fc.property(fc.array(lineText, { minLength: 1 }), (lines) => {
        const body = Buffer.from(`${lines.join("\n")}\n`);
        const fast = parseFlatObjects(body, countLines(body));
        if (fast === undefined) return;
        expect(fast.map((value) => ({ value }))).toEqual(parseLines(body));
      }),
      { numRuns: 2_000 },
    );
  });

  it("does not parse what is nested deeply, however much of it there is", () => {
    const deep = ["[".repeat(4_000_000), '{"a":'.repeat(9), `${"[".repeat(9)}${"]".repeat(9)}`];
    for (const line of [...deep, `{"voter":"v","choice":${"[".repeat(9)}`]) {
      expect(parseFlatObjects(Buffer.from(line), 1)).toBeUndefined();
      expect(parseLines(Buffer.from(line))).toEqual(["too-deep"]);
    }
    const eight = `${"[".repeat(8)}${"]".repeat(8)}`;
    const inString = JSON.stringify({ voter: `\\"${"[{".repeat(20)}`, choice: "x" });
    for (const line of [eight, inString, `${"[],".repeat(2)}`]) {
      const value = line.startsWith("[],") ? undefined : { value: JSON.parse(line) as unknown };
      expect(parseLines(Buffer.from(line))).toEqual([value]);
    }
  });

  it("takes ordinary ballots the fast way", () => {
    const body = Buffer.from('{"voter":"a","choice":"x"}\r\n{"voter":"b","choice":"y"}');
    expect(parseFlatObjects(body, 2)).toEqual([
      { voter: "a", choice: "x" },
      { voter: "b", choice: "y" },
    ]);
    expect(parseFlatObjects(Buffer.alloc(0), 0)).toEqual([]);
  });
});
