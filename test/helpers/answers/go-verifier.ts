import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

/** Where the verifier's sources are. */
export const verifierSources = fileURLToPath(new URL("../../../verifier", import.meta.url));

/** A bound for building it, whatever else runs. */
export const buildsWithinMs = 300_000;

/**
 * Whether the verifier can be built here. Go is not needed to work on this project; where the whole
 * is checked, it has to be there.
 */
export function goIsThere(): boolean {
  if (process.env.VOTE_CLUSTER === "1" || spawnSync("go", ["version"]).status === 0) return true;
  console.warn("NOT RUN: the verifier in Go. It needs Go 1.24 or later.");
  return false;
}

/** Runs the Go that is installed on the verifier, with nothing from the network. */
export function go(...args: string[]) {
  const env = { ...process.env, CGO_ENABLED: "0", GOTOOLCHAIN: "local", GOFLAGS: "" };
  return spawnSync("go", args, { cwd: verifierSources, env, encoding: "utf8" });
}

/** Builds the verifier into a directory. @returns the program's path */
export function buildVerifier(directory: string): string {
  const program = join(directory, "vote-verify");
  const { status, stderr } = go("build", "-buildvcs=false", "-o", program, ".");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return program;
}

/** What `vote-verify export --json` prints, with its exit code. */
export function verifyExport<Report>(
  program: string,
  ...args: string[]
): Report & { readonly code: number | null } {
  const run = spawnSync(program, ["export", "--json", ...args], { encoding: "utf8" });
  expect(run.stderr).toBe("");
  return { ...JSON.parse(run.stdout), code: run.status };
}
