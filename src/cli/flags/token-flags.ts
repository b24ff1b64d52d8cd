import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { Flags } from "@oclif/core";
import { messageOf, VoteError } from "../../runtime/core/errors.js";

/** Flags for a gateway's token that somebody else has issued. */
export const tokenFlags = {
  "token-file": Flags.file({
    helpGroup: "GENERATOR",
    helpValue: "<file>",
    description:
      "File with a gateway's token, for --via http-batch (default: one signed with the data " +
      "directory's secret)",
    env: "VOTE_TOKEN_FILE",
    exclusive: ["token-command"],
  }),
  "token-command": Flags.string({
    helpGroup: "GENERATOR",
    helpValue: "<command>",
    description: "Shell command that prints such a token",
  }),
};

interface TokenFlags {
  readonly "token-file"?: string | undefined;
  readonly "token-command"?: string | undefined;
}

const run = promisify(execFile);
const commandWithinMs = 60_000;
/** RFC 6750: what may follow `Bearer `. */
const bearer = /^[A-Za-z0-9._~+/-]+=*$/;

/**
 * Reads the gateway's token from the file, or runs the command.
 *
 * @returns undefined without one of the flags
 * @throws VoteError `invalid-usage` if there is no token, or more than one; it quotes none
 */
export async function readGatewayToken(flags: TokenFlags): Promise<string | undefined> {
  const { "token-file": file, "token-command": command } = flags;
  if (file === undefined && command === undefined) return undefined;
  const flag = file === undefined ? "--token-command" : "--token-file";
  const text = file === undefined ? outputOf(command ?? "") : readFile(file, "utf8");
  const lines = await text.then(
    (found) => found.trim().split(/\r?\n/),
    (cause: unknown) => {
      throw unusable(`${flag} gave no token: ${messageOf(cause).trim()}`, cause);
    },
  );
  if (lines.length > 1) throw unusable(`${flag} gave ${lines.length} lines, not one token.`);
  if (!bearer.test(lines[0])) throw unusable(`${flag} gave no token.`);
  return lines[0];
}

async function outputOf(command: string): Promise<string> {
  const { stdout } = await run("/bin/sh", ["-c", command], { timeout: commandWithinMs });
  return stdout;
}

function unusable(detail: string, cause?: unknown): VoteError {
  return new VoteError("invalid-usage", detail, {
    hint: "`vote token issue --gateway NAME --election ID --out FILE` writes one.",
    cause,
  });
}
