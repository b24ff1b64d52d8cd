import { describe, expect, it } from "vitest";
import {
  bannerText,
  type Freshness,
  maxSilenceMs,
} from "../../../../src/runtime/serve/page/client/banner.js";
import { formatsFor } from "../../../../src/runtime/serve/page/shared/formats.js";
import { english } from "../../../../src/runtime/serve/page/shared/texts-en.js";
import { liveResult } from "./support.js";

const well = { figures: liveResult(), lostAt: undefined, heardAt: 100_000, ended: false };
const said = (changes: Partial<Freshness>) =>
  bannerText({ ...well, now: 101_000, ...changes }, english, formatsFor("en"));

describe("the banner", () => {
  it("says within 20 s that the server is silent, though the connection stands", () => {
    expect(said({ now: 115_000 })).toBe("");
    expect(said({ now: 116_000 })).toBe(
      "The server is silent, reconnecting. Last sign of it: 16 s ago.",
    );
    expect(maxSilenceMs).toBeLessThan(20_000);
  });

  it("does not wait for more once the official result has come", () => {
    expect(said({ ended: true, now: 9_000_000 })).toBe("");
  });

  it("says of a lost connection how long ago the last sign was, unless it is back at once", () => {
    expect(said({ lostAt: 100_500 })).toBe("");
    expect(said({ lostAt: 100_500, now: 103_000 })).toBe(
      "Connection lost, reconnecting. Last sign of the server: 3 s ago.",
    );
  });

  it("says that the figures are old or behind", () => {
    const stale = liveResult({ stale: true, asOf: 91_000 });
    expect(said({ figures: stale })).toContain("10 s ago");
    const behind = { records: 1, partitions: 1, since: 92_000 };
    expect(said({ figures: liveResult({ behind }) })).toContain("9 s behind");
    expect(said({ figures: undefined })).toBe("");
  });
});
