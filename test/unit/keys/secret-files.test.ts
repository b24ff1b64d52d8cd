import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeSecretLines } from "../../../src/runtime/keys/secret-files.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vote-secrets-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("writeSecretLines", () => {
  it("replaces a file by lines that only their owner can read", async () => {
    const file = join(folder, "tokens.txt");
    await writeFile(file, "something older", { mode: 0o644 });
    const lines = Array.from({ length: 40_000 }, (_, line) => `line ${line} ${"x".repeat(90)}`);
    await writeSecretLines(file, lines);
    expect((await readFile(file, "utf8")).split("\n")).toEqual([...lines, ""]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it("says which path cannot be written", async () => {
    const file = join(folder, "file");
    await writeFile(file, "");
    for (const [path, code] of [
      [join(file, "below"), "ENOTDIR"],
      [join(folder, "absent", "below"), "ENOENT"],
    ]) {
      const why = { code: "invalid-usage", message: `Cannot write ${path} (${code}).` };
      await expect(writeSecretLines(path, ["secret"])).rejects.toMatchObject(why);
    }
  });
});
