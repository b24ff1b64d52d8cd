import { Errors } from "@oclif/core";
import { closest } from "../runtime/contracts/schema/closest.js";
import { type ErrorCode, messageOf, VoteError } from "../runtime/core/errors.js";
import { usageDetail } from "./hints/usage-error.js";

/** What a failed command prints, and its exit code. */
export interface Failure {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly hint: string | undefined;
  readonly exitCode: number;
}

interface Context {
  /** "vote election create" */
  readonly command: string;
  /** The command's flags by name, for the suggestion. */
  readonly flags: readonly string[];
}

/** Maps any error to the closed catalogue: our own, the parser's, and bugs. */
export function explain(error: unknown, context: Context): Failure {
  if (error instanceof VoteError) {
    const { code, message, hint, exitCode } = error;
    // The parser adds its own words even to an error of ours.
    return { code, detail: usageDetail(message), hint, exitCode };
  }
  if (error instanceof Errors.CLIError) {
    const usage = new VoteError("invalid-usage", usageDetail(error.message));
    const hint = suggestion(error, context) ?? `See \`${context.command} --help\`.`;
    return { code: usage.code, detail: usage.message, hint, exitCode: usage.exitCode };
  }
  const detail = messageOf(error);
  const { code, exitCode } = new VoteError("internal-error", detail);
  return { code, detail, hint: "This is a bug in vote; please report it.", exitCode };
}

/** Suggests the nearest flag for an unknown one: "Did you mean --partitions?" */
function suggestion(error: Errors.CLIError, context: Context): string | undefined {
  const unknown = (error as { flags?: unknown }).flags;
  if (!Array.isArray(unknown) || typeof unknown[0] !== "string") return undefined;
  const near = closest(unknown[0].replace(/^-+/, ""), context.flags);
  if (near === undefined) return undefined;
  return `Did you mean --${near}? See \`${context.command} --help\`.`;
}
