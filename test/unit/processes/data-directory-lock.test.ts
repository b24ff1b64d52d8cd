import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { lockDataDirectory } from "../../../src/runtime/processes/data-directory-lock.js";
import { processIdentity } from "../../../src/runtime/processes/process-identity.js";
import { temporaryDirectory } from "../../helpers/temporary.js";

const own = `${process.pid}\n${processIdentity(process.pid)}\n`;
const deadPid = 2 ** 22 + 1;

async function lockedBy(content: string): Promise<string> {
  const path = join(await temporaryDirectory(), "data");
  await mkdir(path);
  await writeFile(join(path, "dev.pid"), content);
  return path;
}

describe("the lock of a data directory", () => {
  it("is for one at a time, and given back", async () => {
    const path = join(await temporaryDirectory(), "data");
    const release = await lockDataDirectory(path);
    await expect(lockDataDirectory(path)).rejects.toMatchObject({
      code: "data-directory-held",
      message: expect.stringContaining(String(process.pid)),
    });
    await release();
    await (await lockDataDirectory(path))();
  });

  it.each([
    ["a process that died", `${deadPid}\nsome-boot/123\n`],
    // A container that restarts is process 1 again: the id alone says nothing.
    ["an earlier process with the same id", `${process.pid}\nsome-boot/123\n`],
    ["a process of an older version", `${process.pid}\n`],
    ["a process that died while it wrote", ""],
  ])("is taken over from %s", async (_, content) => {
    const path = await lockedBy(content);
    const release = await lockDataDirectory(path);
    expect(await readFile(join(path, "dev.pid"), "utf8")).toBe(own);
    await release();
  });
});
