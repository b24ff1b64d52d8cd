import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { temporaryDirectory } from "../../helpers/temporary.js";

const script = fileURLToPath(new URL("./durable-process.ts", import.meta.url));
const canTrace = spawnSync("strace", ["-o", "/dev/null", "true"]).status === 0;

/** The kernel's own account: which system calls touched which file, in order. */
async function traceOf(): Promise<string[]> {
  const directory = await temporaryDirectory();
  const output = join(directory, "trace");
  const calls = "trace=openat,write,writev,pwrite64,pwritev,fdatasync,fsync,msync";
  const node = [process.execPath, "--import", "tsx", script, join(directory, "data")];
  execFileSync("strace", ["-f", "-y", "-e", calls, "-o", output, ...node], { stdio: "ignore" });
  return readFileSync(output, "utf8").split("\n");
}

it.skipIf(!canTrace)(
  "an append is done once its pages and then the page that names them are flushed",
  async () => {
    const trace = await traceOf();
    for (const store of ["log", "ledger"]) {
      const file = `/data/${store}/data.mdb>`;
      // LMDB writes the page that makes a commit count through a descriptor that flushes by itself.
      const flushing = new Set(
        trace.flatMap((line) => {
          const [, fd] = /O_DSYNC.* = (\d+)</.exec(line) ?? [];
          return line.includes("openat(") && line.endsWith(file) && fd ? [fd] : [];
        }),
      );
      expect(flushing.size).toBe(1);
      const steps: string[] = [];
      const commits: string[][] = [];
      for (const line of trace) {
        const [, call, fd] = /^\d+ +(\w+)\((\d+)/.exec(line) ?? [];
        if (line.includes(`"DONE ${store}\\n"`)) commits.push(steps.splice(0));
        if (!line.includes(file) || call === undefined) continue;
        if (call === "fdatasync") steps.push("flush");
        else steps.push(flushing.has(fd) ? "name, flushed" : "pages");
      }
      expect(commits).toHaveLength(3);
      for (const commit of commits) {
        const last = commit.slice(commit.lastIndexOf("pages"));
        expect(last).toEqual(["pages", "flush", "name, flushed"]);
      }
    }
  },
);
