import { type ChildProcess, fork } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Forks a script of the bench, from dist or from the sources, wherever this runs.
 *
 * @param path from the bench's folder on, without its ending: `fanout/fanout-client`
 */
export function forkScript(path: string, env: Readonly<Record<string, string>> = {}): ChildProcess {
  const script = new URL(`../${path}${extname(import.meta.url)}`, import.meta.url);
  return fork(fileURLToPath(script), { env: { ...process.env, ...env } });
}
