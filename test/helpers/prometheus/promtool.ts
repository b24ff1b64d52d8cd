import { spawnSync } from "node:child_process";

/** CI names it, and has to have it; elsewhere it is the one of the path, if there is one. */
const program = process.env.VOTE_PROMTOOL ?? "promtool";

/** Whether Prometheus's own checks run here. */
export function realPromtool(suite: string): boolean {
  if (process.env.VOTE_PROMTOOL) return true;
  if (spawnSync(program, ["--version"]).status === 0) return true;
  const install = "Install Debian's prometheus, or name one by VOTE_PROMTOOL.";
  console.warn(`NOT RUN: ${suite}. There is no promtool. ${install}`);
  return false;
}

/**
 * Runs promtool to its end.
 *
 * @returns its exit code, and all that it said
 */
export function promtool(args: readonly string[], input = "") {
  const { status, stdout, stderr, error } = spawnSync(program, args, { input, encoding: "utf8" });
  if (error !== undefined) throw error;
  return { code: status, said: stdout + stderr };
}
