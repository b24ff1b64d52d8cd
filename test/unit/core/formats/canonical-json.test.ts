import fc from "fast-check";
import { expect, it } from "vitest";
import { canonicalJson } from "../../../../src/runtime/core/formats/canonical-json.js";

it("sorts members by UTF-16 units and escapes as RFC 8785 does", () => {
  // The RFC's own example of sorting (section 3.2.3).
  const value = {
    "\u20ac": "Euro Sign",
    "\r": "Carriage Return",
    "\ufb33": "Hebrew Letter Dalet With Dagesh",
    "1": "One",
    "\ud83d\ude00": "Emoji: Grinning Face",
    "\u0080": "Control",
    "\u00f6": "Latin Small Letter O With Diaeresis",
  };
  const names = Object.keys(JSON.parse(canonicalJson(value)) as object);
  expect([...canonicalJson(value).matchAll(/"([A-Z][^"]*)"/g)].map(([, name]) => name)).toEqual([
    "Carriage Return",
    "One",
    "Control",
    "Latin Small Letter O With Diaeresis",
    "Euro Sign",
    "Emoji: Grinning Face",
    "Hebrew Letter Dalet With Dagesh",
  ]);
  expect(names).toHaveLength(7);
  expect(canonicalJson("\u20ac$\u000f\nA'B\"\\/")).toBe('"\u20ac$\\u000f\\nA\'B\\"\\\\/"');
  expect(canonicalJson({ b: [1, true, null, { z: "", a: 0 }], a: undefined })).toBe(
    '{"b":[1,true,null,{"a":0,"z":""}]}',
  );
});

it("says the same however the members stand, and can be read again", () => {
  const json = fc.jsonValue().filter((value) => numbersOf(value).every(Number.isSafeInteger));
  fc.assert(
    fc.property(json, (value) => {
      const again = JSON.parse(JSON.stringify(value)) as Parameters<typeof canonicalJson>[0];
      const text = canonicalJson(again);
      expect(JSON.parse(text)).toEqual(again);
      expect(canonicalJson(reversed(again) as typeof again)).toBe(text);
    }),
  );
});

it.each([0.5, Number.NaN, 2 ** 53, "\ud800", { "\udc00": 1 }])("refuses %s", (value) => {
  expect(() => canonicalJson(value)).toThrow();
});

function numbersOf(value: unknown): unknown[] {
  if (typeof value === "number") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(numbersOf) : [];
}

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, member]) => [name, reversed(member)] as const);
  return Object.fromEntries(entries.reverse());
}
