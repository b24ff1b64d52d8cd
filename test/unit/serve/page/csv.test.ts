import { describe, expect, it } from "vitest";
import { csvOf } from "../../../../src/runtime/serve/page/csv.js";
import { liveResult } from "./support.js";

const rowOf = (name: string): string => {
  const result = [{ candidate: "one", name, votes: 30, share: 0.75 }];
  return csvOf(liveResult({ result })).split("\r\n").slice(1, -1).join("\r\n");
};

describe("the result as CSV", () => {
  it("has a byte order mark, a head, a row for each candidate, and CRLF", () => {
    expect(csvOf(liveResult())).toBe(
      "\uFEFFcandidate,name,votes,share,standing,revision\r\n" +
        "one,One,30,0.75,counting,7\r\ntwo,Two,10,0.25,counting,7\r\n",
    );
  });

  it.each(["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "|calc", "\n=1"])(
    "makes %j text, not a formula",
    (name) => {
      expect(rowOf(name)).toContain(`"'${name}"`);
    },
  );

  it("quotes commas, quotation marks and line breaks", () => {
    expect(rowOf('a "b", c\nd')).toBe('one,"a ""b"", c\nd",30,0.75,counting,7');
  });

  it("leaves numbers alone", () => {
    const [one] = liveResult().result;
    const tiny = { ...one, share: 1e-7 };
    expect(csvOf(liveResult({ result: [tiny] }))).toContain(",30,1e-7,");
  });
});
