import { homedir } from "node:os";
import { join } from "node:path";
import { VoteError } from "../../core/errors.js";
import { findProgram, isExecutable } from "../../local-cluster/servers/tools.js";

const hint = "Install it with: go install go.k6.io/k6@latest, or set VOTE_K6 to the program.";

/**
 * Finds k6: VOTE_K6, else on the path, else where `go install` puts it.
 *
 * @throws VoteError `dependency-missing`; its hint is the command that installs it
 */
export function findK6(env: NodeJS.ProcessEnv = process.env): string {
  const { VOTE_K6, GOBIN, GOPATH } = env;
  if (VOTE_K6) {
    if (isExecutable(VOTE_K6)) return VOTE_K6;
    throw new VoteError("dependency-missing", `VOTE_K6 names ${VOTE_K6}, which is not a program.`, {
      hint,
    });
  }
  const folders = [GOBIN, join(GOPATH || join(homedir(), "go"), "bin")];
  const installed = folders.flatMap((folder) => (folder ? [join(folder, "k6")] : []));
  const found = findProgram(["k6"], env) ?? installed.find(isExecutable);
  if (found !== undefined) return found;
  throw new VoteError("dependency-missing", "This machine lacks k6.", { hint });
}
