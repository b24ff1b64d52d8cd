import { Command, Errors, Flags } from "@oclif/core";
import type { VoteError } from "../runtime/core/errors.js";
import { explain, type Failure } from "./failure.js";
import { calledAs } from "./hints/called-as.js";
import { commandText, spoken } from "./hints/spoken.js";

/**
 * The base of every command: common flags, errors as "Error: … / Hint: …" (with --json as
 * `{error: {code, detail, hint}}` on standard output), and the exit codes of
 * docs/reference/errors.md.
 */
export abstract class VoteCommand extends Command {
  static override enableJsonFlag = true;

  /** Set by daemons and streams, which print one line of JSON a record instead of one object. */
  static jsonLines = false;

  static override baseFlags = {
    json: Flags.boolean({
      description: "Print the result, or the error, as JSON on standard output",
      helpGroup: "GLOBAL",
    }),
    "data-dir": Flags.directory({
      helpValue: "<dir>",
      description:
        "Where log, ledger, view and keys live (default: the running vote dev's, or ./.vote)",
      env: "VOTE_DATA_DIR",
      helpGroup: "GLOBAL",
    }),
    engine: Flags.option({
      helpValue: "<name>",
      options: ["embedded", "cluster"] as const,
      description:
        "embedded: LMDB in the data directory; cluster: Kafka, DynamoDB and Redis " +
        "(default: the running vote dev's, vote.yaml's, or embedded)",
      env: "VOTE_ENGINE",
      helpGroup: "GLOBAL",
    })(),
    config: Flags.file({
      helpValue: "<file>",
      description: "Configuration file (default: ./vote.yaml, then vote/vote.yaml in ~/.config)",
      env: "VOTE_CONFIG",
      helpGroup: "GLOBAL",
    }),
    "log-level": Flags.option({
      options: ["trace", "debug", "info", "warn", "error", "silent"] as const,
      helpValue: "<level>",
      description: "What is logged to standard error: trace, debug, info, warn, error or silent",
      default: "info",
      env: "LOG_LEVEL",
      helpGroup: "GLOBAL",
    })(),
  };

  /** What a command needs to find the same data from any directory; see `DataCommand`. */
  protected async place(): Promise<string> {
    return "";
  }

  /** A command to copy, spelled as this one was called: `npm run vote -- recount`. */
  protected async command(text: string): Promise<string> {
    return commandText(text, { called: calledAs(), place: await this.place() });
  }

  /** The same of a hint, with all commands in it. */
  protected async spoken(hint: string): Promise<string> {
    return spoken(hint, { called: calledAs(), place: await this.place().catch(() => "") });
  }

  /** Writes one line of NDJSON, but only with --json. */
  protected line(record: unknown): void {
    if (this.jsonEnabled()) process.stdout.write(`${JSON.stringify(record)}\n`);
  }

  override logJson(json: unknown): void {
    if ((this.ctor as typeof VoteCommand).jsonLines) this.line(json);
    else super.logJson(json);
  }

  protected override async catch(error: Errors.CLIError | VoteError | Error): Promise<void> {
    if (error instanceof Errors.ExitError) throw error;
    const known = Object.keys(this.ctor.flags ?? {}).concat(Object.keys(this.ctor.baseFlags ?? {}));
    const failure = explain(error, {
      command: `vote ${(this.id ?? "").replaceAll(":", " ")}`,
      flags: [...known, "json", "help"],
    });
    if (this.jsonEnabled()) this.logJson({ error: withoutExitCode(failure) });
    else {
      const hint = failure.hint && (await this.spoken(failure.hint));
      process.stderr.write(asText({ ...failure, hint }, error));
    }
    this.exit(failure.exitCode);
  }
}

function withoutExitCode({ code, detail, hint }: Failure): object {
  return { code, detail, ...(hint === undefined ? {} : { hint }) };
}

/** An unforeseen error is a bug: it is printed with its stack. */
function asText(failure: Failure, error: Error): string {
  const stack = failure.code === "internal-error" && error.stack ? `${error.stack}\n` : "";
  const hint = failure.hint === undefined ? "" : `Hint: ${failure.hint}\n`;
  return `${stack}Error: ${failure.detail}\n${hint}`;
}
