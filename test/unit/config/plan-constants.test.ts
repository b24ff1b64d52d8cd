import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readConstants } from "../../../src/runtime/config/plan-constants.js";
import { defaultConstants } from "../../../src/runtime/plan/constants.js";
import { temporaryDirectory } from "../../helpers/temporary.js";

async function fileOf(content: unknown): Promise<string> {
  const path = join(await temporaryDirectory(), "constants.json");
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

describe("readConstants", () => {
  it("replaces the constants that it names and leaves the others", async () => {
    const path = await fileOf({
      measuredAt: "2026-11-21T00:00:00Z",
      host: { cores: 2 },
      constants: {
        commitMs: { value: 4, unit: "ms", source: "a trial", measured: "today" },
        dollarsPerEgressGB: { value: 0 },
      },
    });
    const constants = await readConstants(path);
    expect(constants.commitMs).toEqual({
      value: 4,
      unit: "ms",
      source: "a trial",
      measured: "today",
    });
    expect(constants.dollarsPerEgressGB).toMatchObject({ value: 0, source: path });
    expect(constants.gatherMs).toBe(defaultConstants.gatherMs);
  });

  it("takes the defaults themselves", async () => {
    expect(await readConstants(await fileOf({ constants: defaultConstants }))).toEqual(
      defaultConstants,
    );
  });

  it.each([
    ["no JSON", "{", /is not JSON/],
    ["a list", [], /not a group/],
    ["no constants", { measuredAt: "now" }, /constants is missing/],
    ["another field", { constants: {}, extra: 1 }, /extra is not known/],
    ["an unknown constant", { constants: { comitMs: { value: 1 } } }, /comitMs is not known/],
    ["no value", { constants: { commitMs: { unit: "ms" } } }, /commitMs\.value is missing/],
    ["zero", { constants: { commitMs: { value: 0 } } }, /commitMs\.value is 0/],
    ["a text", { constants: { commitMs: { value: "4" } } }, /commitMs\.value is "4"/],
    ["less than nothing", { constants: { dollarsPerEgressGB: { value: -1 } } }, /is -1/],
    ["a share of one", { constants: { secondVoteShare: { value: 1 } } }, /is 1/],
  ])("refuses %s", async (_, content, message) => {
    const reading = readConstants(await fileOf(content));
    await expect(reading).rejects.toMatchObject({ code: "invalid-configuration" });
    await expect(reading).rejects.toThrow(message);
  });

  it("says that a file is not there", async () => {
    const path = join(await temporaryDirectory(), "none.json");
    await expect(readConstants(path)).rejects.toThrow(/cannot be read/);
  });
});
