import { readdir, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { FrozenTable } from "../../../src/runtime/core/fold/dedup-table.js";
import { openSnapshot, writeSnapshot } from "../../../src/runtime/tally/snapshots/snapshot-file.js";
import { temporaryDirectory } from "../../helpers/temporary.js";

const head = {
  election: "spring",
  partition: 7,
  sequence: 4_294_967_300,
  segmentHash: Buffer.alloc(32, 9),
  sealed: true,
};
const noPause = async () => undefined;
const idle = () => undefined;

/** Two tables of arrays of all lengths, also none. */
const tables: readonly FrozenTable[] = [3, 5].map((seed) => ({
  entries: seed * 1_000,
  arrays: Array.from({ length: 70 }, (_, n) =>
    Int32Array.from({ length: (n * seed * 7) % 400 }, (_word, word) => word * seed - n),
  ),
}));

async function written() {
  const directory = await temporaryDirectory();
  const path = join(directory, "spring.7.snapshot");
  await writeSnapshot(path, head, tables, noPause);
  return { directory, path };
}

async function readAll(path: string) {
  const snapshot = await openSnapshot(path);
  if (snapshot === undefined) throw new Error("it is there");
  try {
    return { head: snapshot.head, tables: await snapshot.tables(idle) };
  } finally {
    await snapshot.close();
  }
}

describe("a snapshot's file", () => {
  it("gives back what was written, and nothing if there is none", async () => {
    const { directory, path } = await written();
    expect(await readAll(path)).toEqual({ head, tables });
    expect(await readdir(directory)).toEqual(["spring.7.snapshot"]);
    expect(await openSnapshot(join(directory, "other"))).toBeUndefined();
  });

  it("is refused with any byte changed", async () => {
    const { path } = await written();
    const bytes = await readFile(path);
    const places = Array.from({ length: 40 }, (_, n) => Math.floor((n * bytes.length) / 40));
    for (const at of [...Array.from({ length: 96 }, (_, n) => n), ...places, bytes.length - 1]) {
      const damaged = Buffer.from(bytes);
      damaged[at] ^= 1;
      await writeFile(path, damaged);
      await expect(readAll(path), `byte ${at}`).rejects.toThrow(Error);
    }
  });

  it("is refused when it ends anywhere else, or does not end", async () => {
    const { path } = await written();
    const bytes = await readFile(path);
    for (let length = bytes.length - 1; length >= 0; length -= 1_997) {
      await truncate(path, length);
      await expect(readAll(path), `${length} bytes`).rejects.toThrow(Error);
    }
    await writeFile(path, Buffer.concat([bytes, Buffer.alloc(4)]));
    await expect(readAll(path)).rejects.toThrow(`${bytes.length + 4} bytes, not ${bytes.length}`);
  });

  it("stands there whole or not at all, and an older one stays until then", async () => {
    const { directory, path } = await written();
    const before = await stat(path);
    let steps = 0;
    const givesUp = async () => {
      steps++;
      expect(await readAll(path)).toEqual({ head, tables });
      throw new Error("no time is left");
    };
    const newer = { ...head, sequence: 5 };
    await expect(writeSnapshot(path, newer, tables, givesUp)).rejects.toThrow("no time is left");
    expect(steps).toBe(1);
    expect((await stat(path)).ino).toBe(before.ino);
    expect(await readdir(directory)).toEqual(["spring.7.snapshot"]);
    await writeSnapshot(path, newer, tables, noPause);
    expect((await readAll(path)).head).toEqual(newer);
  });
});
