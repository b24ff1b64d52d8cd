import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findCanonicalLines } from "../../../../src/runtime/ingest/lines/canonical-lines.js";
import { countLines } from "../../../../src/runtime/ingest/lines/ndjson.js";

/** What was found, as objects; undefined if the body is not canonical. */
function found(body: Buffer): object[] | undefined {
  const lines = findCanonicalLines(body, countLines(body));
  if (lines === undefined) return undefined;
  const { voters, choices, ballotIds } = lines;
  const text = (from: number, to: number) => body.toString("utf8", from, to);
  return Array.from(ballotIds, (id, line) => ({
    voter: text(voters.starts[line], voters.ends[line]),
    choice: text(choices.starts[line], choices.ends[line]),
    ...(id === -1 ? {} : { ballotId: text(id, id + 32) }),
  }));
}

const parsed = (body: Buffer) =>
  body
    .toString()
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => JSON.parse(line) as object);

const plain = fc
  .string({ unit: "binary", maxLength: 300 })
  .filter((text) => JSON.stringify(text) === `"${text}"`);
const ballotId = fc.string({ minLength: 32, maxLength: 32, unit: fc.constantFrom(..."09afzG") });
const ballot = fc
  .record({ voter: plain, choice: plain, ballotId }, { requiredKeys: ["voter", "choice"] })
  .chain((value) =>
    fc.shuffledSubarray(Object.entries(value), { minLength: 3 - (value.ballotId ? 0 : 1) }),
  )
  .map((entries) => JSON.stringify(Object.fromEntries(entries)));
const body = fc
  .tuple(fc.array(ballot, { minLength: 1, maxLength: 6 }), fc.constantFrom("", "\n"))
  .map(([lines, end]) => Buffer.from(lines.join("\n") + end));

describe("the lines of a batch as gateways write it", () => {
  it("are found whatever the order of their fields, with and without an id", () => {
    fc.assert(
      fc.property(body, (bytes) => {
        expect(found(bytes)).toEqual(parsed(bytes));
      }),
    );
  });

  it("are what JSON.parse finds, or are left to it, whatever byte is changed", () => {
    const byte = fc.oneof(fc.constantFrom(...Buffer.from('{}":,\\\n\r\0 vbc')), fc.nat(255));
    let taken = 0;
    fc.assert(
      fc.property(body, fc.nat(), byte, fc.nat(2), (bytes, place, other, kind) => {
        const at = place % bytes.length;
        const [before, after] = [bytes.subarray(0, at), bytes.subarray(at + (kind === 0 ? 0 : 1))];
        const changed = Buffer.concat([before, Buffer.from(kind === 2 ? [] : [other]), after]);
        if (!isUtf8(changed) || changed.length === 0) return;
        const objects = found(changed);
        if (objects === undefined) return;
        taken++;
        expect(objects).toEqual(parsed(changed));
      }),
      { numRuns: 3_000 },
    );
    expect(taken).toBeGreaterThan(100);
  });

  it.each([
    ["a blank", '{"voter": "a","choice":"b"}'],
    ["an escape", '{"voter":"\\u0061","choice":"b"}'],
    ["a field twice", '{"voter":"a","choice":"b","voter":"c"}'],
    ["another field", '{"voter":"a","choice":"b","more":"c"}'],
    ["no voter", '{"choice":"b"}'],
    ["a number", '{"voter":1,"choice":"b"}'],
    ["an id of another length", '{"voter":"a","choice":"b","ballotId":"0"}'],
    ["an empty line", '{"voter":"a","choice":"b"}\n\n'],
    ["a line that goes on", '{"voter":"a","choice":"b"} '],
    ["a line that does not end", '{"voter":"a","choice":"b'],
    ["a byte that no text may hold", '{"voter":"a\tb","choice":"b"}'],
  ])("are left to JSON.parse with %s", (_, text) => {
    expect(found(Buffer.from(text))).toBeUndefined();
  });
});
