import { realpathSync } from "node:fs";
import { basename, delimiter, dirname, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { quoted } from "./shell.js";

const root = fileURLToPath(new URL("../../../", import.meta.url)).replace(/[\\/]$/, "");

/** What a process knows of how it was started. */
export interface Call {
  /** The script that Node runs, as the shell named it. */
  readonly script: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/**
 * The words by which this program was called, so that a hint works when it is copied into another
 * terminal in the same directory: `npm run vote --`, `npx vote`, `vote`, `node bin/run.js`.
 */
export function calledAs({ script = "", env, cwd }: Call = thisCall()): string {
  // npm changes to the package's directory, and names the one where the reader is.
  const reader = env.INIT_CWD ?? cwd;
  const folder = dirname(script);
  if (basename(script) === "vote") {
    const installed = folder.endsWith(`${sep}node_modules${sep}.bin`) || folder.includes("_npx");
    if (installed && env.npm_command !== undefined) return "npx vote";
    return (env.PATH ?? "").split(delimiter).includes(folder) ? "vote" : quoted(script);
  }
  if (realPath(script) !== `${root}${sep}bin${sep}run.js`) return "vote";
  const isOwnScript = /^(vote|demo|bench)$/.test(env.npm_lifecycle_event ?? "");
  if (isOwnScript && env.npm_package_json === `${root}${sep}package.json`) {
    return isWithin(reader, root) ? "npm run vote --" : `npm --prefix ${quoted(root)} run vote --`;
  }
  return `node ${quoted(isWithin(script, cwd) ? relative(cwd, script) : script)}`;
}

function thisCall(): Call {
  return { script: process.argv[1], env: process.env, cwd: process.cwd() };
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}${sep}`);
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
