import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../helpers/temporary.js";

const repository = join(import.meta.dirname, "..", "..");

function node(cwd: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
  const { VOTE_SKIP_ENSURE: _, ...env } = process.env;
  const child = spawn(process.execPath, args, { cwd, env });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      output += chunk;
    });
  }
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, output })));
}

/** A small package of the same shape, with the real bin/ and the real packages. */
async function smallClone(): Promise<string> {
  const root = await temporaryDirectory();
  for (const name of ["bin", "package.json", "package-lock.json", "tsconfig.json"]) {
    cpSync(join(repository, name), join(root, name), { recursive: true });
  }
  symlinkSync(join(repository, "node_modules"), join(root, "node_modules"), "dir");
  mkdirSync(join(root, "src"));
  writeFileSync(join(root, "src", "one.ts"), "export const one = 1;\n");
  return root;
}

const ensure = (root: string) => node(root, join(root, "bin", "ensure.js"));
const built = { code: 0, output: "vote: building (tsc) ...\n" };
const nothing = { code: 0, output: "" };

describe("the first command in a clone", () => {
  it("builds what is missing or stale, says so, and is silent otherwise", async () => {
    const root = await smallClone();
    expect(await ensure(root)).toEqual(built);
    expect(existsSync(join(root, "dist", "one.js"))).toBe(true);
    expect(await ensure(root)).toEqual(nothing);
    writeFileSync(join(root, "src", "two.ts"), "export const two = 2;\n");
    expect(await ensure(root)).toEqual(built);
    // As git checkout may leave it: older than the build, and yet another content.
    utimesSync(join(root, "src", "one.ts"), 1, 1);
    expect(await ensure(root)).toEqual(built);
    rmSync(join(root, "src", "two.ts"));
    expect(await ensure(root)).toEqual(built);
    expect(existsSync(join(root, "dist", "two.js"))).toBe(false);
    expect(existsSync(join(root, ".ensure.lock"))).toBe(false);
  }, 180_000);

  it("shows what the compiler says when the build fails, with a hint, exit 1", async () => {
    const root = await smallClone();
    writeFileSync(join(root, "src", "one.ts"), 'export const one: number = "1";\n');
    const { code, output } = await ensure(root);
    expect(code).toBe(1);
    expect(output).toContain("src/one.ts(1,14): error TS2322");
    expect(output).toContain("Error: The build failed.\nHint: ");
    expect((await ensure(root)).code).toBe(1);
  });

  it("leaves an installed package alone, which has no sources", async () => {
    const root = await smallClone();
    rmSync(join(root, "src"), { recursive: true });
    rmSync(join(root, "node_modules"));
    expect(await ensure(root)).toEqual(nothing);
  });

  it("given twice at the same time, builds once", async () => {
    const root = await smallClone();
    const both = await Promise.all([ensure(root), ensure(root)]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    const said = both.map(({ output }) => output).join("");
    expect(said.split("vote: building").length - 1).toBe(1);
  });

  it("takes over the lock of a process that died", async () => {
    const root = await smallClone();
    writeFileSync(join(root, ".ensure.lock"), `${2 ** 30} ${hostname()}\n`);
    expect(await ensure(root)).toEqual(built);
  });
});

describe("the lock", () => {
  it("lets one process in at a time", async () => {
    const root = await smallClone();
    const work = `
      import { appendFileSync } from "node:fs";
      import { withLock } from "./bin/lock.js";
      await withLock("lock", () => {}, async (heldBy) => {
        appendFileSync("trace", "in\\n");
        // A child that has ended: its holder goes on.
        heldBy(${2 ** 30});
        await new Promise((resolve) => setTimeout(resolve, 500));
        appendFileSync("trace", "out\\n");
      });`;
    const runs = await Promise.all(
      [1, 2, 3].map(() => node(root, "--input-type=module", "-e", work)),
    );
    expect(runs).toEqual([nothing, nothing, nothing]);
    expect(readFileSync(join(root, "trace"), "utf8")).toBe("in\nout\n".repeat(3));
  });
});
