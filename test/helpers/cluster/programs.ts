import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * Whether a suite that needs another program runs here: where this call of it succeeds. Under CI it
 * has to; elsewhere one loud line says that it does not run, and how to get it.
 *
 * @param packages of Debian, that bring it
 */
export async function programRuns(
  suite: string,
  [program, ...args]: readonly string[],
  packages: readonly string[],
): Promise<boolean> {
  if (process.env.CI === "true") return true;
  try {
    await run(program, args);
    return true;
  } catch {
    const install = `sudo apt-get install -y ${packages.join(" ")}`;
    console.warn(`NOT RUN: ${suite}. It needs ${packages.join(", ")}: ${install}`);
    return false;
  }
}
