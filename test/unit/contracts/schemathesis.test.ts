import { execFile, execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { type TokenScope, tokenIssuer } from "../../../src/runtime/keys/tokens.js";
import { openTestElection, openTestEngine } from "../../helpers/data/election.js";
import { startRoles } from "../../helpers/roles.js";
import { temporaryDirectory } from "../../helpers/temporary.js";

const install = "Install it with: pip install schemathesis, or set VOTE_SCHEMATHESIS to it.";

/** Wherever it is found, and in any case where it is said to be; what does not run says so. */
function findSchemathesis(): string | undefined {
  if (process.env.VOTE_SCHEMATHESIS) return process.env.VOTE_SCHEMATHESIS;
  try {
    execFileSync("schemathesis", ["--version"], { stdio: "ignore" });
    return "schemathesis";
  } catch {
    console.warn(`NOT RUN: the OpenAPI documents by schemathesis. ${install}`);
    return undefined;
  }
}

const program = findSchemathesis();
const examples = process.env.VOTE_SCHEMATHESIS_EXAMPLES ?? "10";
const hooks = fileURLToPath(new URL("../../fixtures/schemathesis", import.meta.url));

const scopeFor = { ingest: "vote gateway", admin: "admin", serve: "vote", tally: "vote" };

function argumentsFor(url: string, token: string): string[] {
  return [
    ...["run", `${url}/openapi.json`, "--header", `Authorization: Bearer ${token}`],
    ...["--max-examples", examples, "--seed", "1", "--continue-on-failure"],
    ...["--warnings", "off", "--request-timeout", "60"],
    // A schema says less than the rules of an election do: 422 is for what else is wrong.
    ...["--exclude-checks", "positive_data_acceptance"],
    // These do not end.
    ...["--exclude-path-regex", "/(events|socket)$"],
  ];
}

describe.runIf(program !== undefined)("schemathesis", { timeout: 1_800_000 }, () => {
  it("finds no 5xx, no undocumented answer, type or header, in any role", async () => {
    const engine = await openTestEngine();
    await openTestElection(engine, "show", 2);
    const urls = await startRoles(engine);
    const secret = await engine.keys.tokenSecret();
    const cwd = await temporaryDirectory();
    const env = { ...process.env, SCHEMATHESIS_HOOKS: "hooks", PYTHONPATH: hooks };
    // The admin comes last: it closes the election.
    for (const role of ["tally", "serve", "ingest", "admin"] as const) {
      const scope = scopeFor[role] as TokenScope;
      const lifetime = { expiresInSeconds: 3_600, nowMs: Date.now() };
      const token = tokenIssuer({ secret, scope, election: "show", ...lifetime })("ada");
      const run = promisify(execFile)(program as string, argumentsFor(urls[role], token), {
        ...{ cwd, env, maxBuffer: 64 * 2 ** 20 },
      });
      // Its report says what it has found, and how to send it again.
      const { stdout } = await run.catch((failed: { stdout: string }) => failed);
      expect(stdout, role).toContain("No issues found");
    }
  });
});
