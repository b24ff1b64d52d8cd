import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A change of the product that breaks a promise, kept as a patch. */
export interface Defect {
  /** The patch's path below `defects`, without its extension. */
  readonly name: string;
  /** What is wrong, in words. */
  readonly what: string;
  /** The promise that it breaks, as docs/promises.md has it. */
  readonly promise: string;
  readonly patch: string;
  /** The sources that it changes, from the project's root. */
  readonly files: readonly string[];
}

const directory = join(import.meta.dirname, "defects");
const firstLine = /^(.+) Breaks "(.+)"\.$/;

/** Reads all planted defects. The first line of each says what it is, and what it breaks. */
export function readDefects(): Defect[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".patch"))
    .sort()
    .map((file) => {
      const patch = join(directory, file);
      const text = readFileSync(patch, "utf8");
      const [, what, promise] = firstLine.exec(text.split("\n", 1)[0]) ?? [];
      if (what === undefined) throw new Error(`${file}: the first line does not say what it is`);
      const files = [...text.matchAll(/^\+\+\+ b\/(\S+)/gm)].map(([, path]) => path);
      return { name: file.replace(/\.patch$/, ""), what, promise, patch, files };
    });
}
