import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";
import type { Defect } from "./defects.js";

const root = resolve(import.meta.dirname, "../..");

/** Copies what has been built, and what it was built from, to a directory of its own. */
export function copyBuild(to: string, from = root): void {
  mkdirSync(to);
  const isWanted = (path: string) => !path.endsWith(".map");
  for (const part of ["src", "dist", "package.json", "tsconfig.json"]) {
    cpSync(join(from, part), join(to, part), { recursive: true, filter: isWanted });
  }
  symlinkSync(join(root, "node_modules"), join(to, "node_modules"), "dir");
}

/**
 * Plants a defect into a copy.
 *
 * @returns the sources that it has changed, from the copy's root
 * @throws Error if the patch no longer applies, or is no TypeScript
 */
export function plant(defect: Defect, copy: string): readonly string[] {
  const { name, patch, files } = defect;
  // A copy below some repository is none of it.
  const env = { ...process.env, GIT_CEILING_DIRECTORIES: resolve(copy, "..") };
  const apply = ["apply", "--whitespace=nowarn", patch];
  try {
    execFileSync("git", apply, { cwd: copy, env, stdio: ["ignore", "ignore", "pipe"] });
  } catch (cause) {
    throw new Error(`${name}: the patch no longer applies; write it anew`, { cause });
  }
  for (const file of files) compile(copy, file);
  return files;
}

/** What a source becomes. */
export const builtFrom = (source: string): string =>
  source.replace(/^src\//, "dist/").replace(/\.tsx?$/, ".js");

/** Compiles one file of a copy as the build does, without looking at types. */
function compile(copy: string, file: string): void {
  const config = ts.readConfigFile(join(copy, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.config.compilerOptions, copy);
  // What a file's own package.json says would have to be looked up.
  const modules = {
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  const compilerOptions = { ...options, ...modules, sourceMap: false };
  const text = readFileSync(join(copy, file), "utf8");
  const { outputText, diagnostics = [] } = ts.transpileModule(text, {
    compilerOptions,
    fileName: join(copy, file),
    reportDiagnostics: true,
  });
  const [first] = diagnostics;
  if (first !== undefined) {
    throw new Error(`${file}: ${ts.flattenDiagnosticMessageText(first.messageText, "\n")}`);
  }
  writeFileSync(join(copy, builtFrom(file)), outputText);
}
