import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { CodedBody } from "../../../src/runtime/http/content-coding.js";

describe("the coding of an answer", () => {
  const body = new CodedBody("a body that is worth compressing; ".repeat(20));

  it.each([
    [undefined, "identity"],
    ["", "identity"],
    ["gzip", "gzip"],
    ["gzip, deflate, br, zstd", "br"],
    ["GZip;Q=0.8, BR;q=0.2", "gzip"],
    ["br;q=0.5, gzip;q=0.50", "br"],
    ["br;q=0, gzip;q=0.001", "gzip"],
    ["br;q=0, gzip;q=0", "identity"],
    ["identity;q=0.7, br;q=0.3", "identity"],
    ["*", "br"],
    ["*;q=0", "identity"],
    ["gzip;q=0.5, *;q=0.8", "br"],
    ["br;q=0, *", "gzip"],
    ["identity;q=0, gzip;q=0.1", "gzip"],
    ["identity;q=0", "identity"],
    ["x-gzip", "gzip"],
    ["deflate, zstd", "identity"],
    ["br;q=2, gzip;q=0.1", "gzip"],
    ["br;q=nonsense", "identity"],
    ["br ; q=1.000 , ,", "br"],
  ])("%j is %s", (accepted, coding) => {
    expect(body.codingFor(accepted)).toBe(coding);
  });
});

describe("CodedBody", () => {
  const text = "the same again and again; ".repeat(40);

  it("says the same in every coding, and makes each once", async () => {
    const body = new CodedBody(text);
    expect(brotliDecompressSync(await body.in("br")).toString()).toBe(text);
    expect(gunzipSync(await body.in("gzip")).toString()).toBe(text);
    expect((await body.in("identity")).toString()).toBe(text);
    for (const coding of ["br", "gzip", "identity"] as const) {
      expect(await body.in(coding)).toBe(await body.in(coding));
    }
    expect((await body.in("br")).length).toBeLessThan(text.length / 4);
  });

  it("leaves small ones as they are", () => {
    expect(new CodedBody("{}").codingFor("br")).toBe("identity");
    expect(new CodedBody(text).codingFor("br")).toBe("br");
  });
});
