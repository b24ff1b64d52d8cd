import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { Flags, type Interfaces } from "@oclif/core";
import type { DevState } from "../runtime/contracts/config/dev-state.js";
import { errorCatalogue } from "../runtime/core/errors.js";
import { quoted } from "./hints/shell.js";
import { VoteCommand } from "./vote-command.js";

/** Any of these says where the data is, so that no `vote dev` has to be looked for. */
interface Place {
  readonly "data-dir"?: string;
  readonly dev?: string;
  readonly engine?: "embedded" | "cluster";
  readonly config?: string;
  readonly target?: string;
  readonly "admin-url"?: string;
  readonly "admin-token-file"?: string;
  readonly "serve-url"?: string;
  readonly "from-export"?: string;
}

/** What the parser makes of flags or arguments. */
type Output = Record<string, unknown>;

/** The base of commands on existing data: that of their flags, or of a running `vote dev`. */
export abstract class DataCommand extends VoteCommand {
  static override baseFlags = {
    ...VoteCommand.baseFlags,
    dev: Flags.string({
      description: "Which running vote dev, by its port (default: the only one)",
      helpValue: "<port>",
      helpGroup: "GLOBAL",
    }),
  };

  #given: Place = {};

  /** Asks, on a terminal, which of several `vote dev` is meant. */
  protected override async parse<F extends Output, B extends Output, A extends Output>(
    options?: Interfaces.Input<F, B, A>,
    argv?: string[],
  ): Promise<Interfaces.ParserOutput<F, B, A>> {
    const parsed = await super.parse<F, B, A>(options, argv);
    const given = parsed.flags as Place;
    const dev = await this.#chosenDev(given);
    this.#given = dev === undefined ? given : { ...given, dev };
    return { ...parsed, flags: { ...parsed.flags, ...(dev === undefined ? {} : { dev }) } };
  }

  async #chosenDev(given: Place): Promise<string | undefined> {
    const elsewhere = ["data-dir", "dev", "admin-url", "serve-url", "from-export"] as const;
    if (elsewhere.some((name) => given[name] !== undefined)) return undefined;
    const { devName, runningDevs } = await import("../runtime/config/dev-state.js");
    const devs = await runningDevs();
    if (devs.length < 2) return undefined;
    const target = devs.find(({ urls }) => urls.ingest === given.target?.replace(/\/$/, ""));
    if (target !== undefined) return devName(target);
    if (this.jsonEnabled() || !process.stdin.isTTY || !process.stderr.isTTY) return undefined;
    return devName(await askWhich(devs));
  }

  protected override async place(): Promise<string> {
    const given = this.#given;
    if (given["admin-url"] !== undefined) {
      const file = given["admin-token-file"];
      const token = file === undefined ? "" : ` --admin-token-file ${quoted(resolve(file))}`;
      return `--admin-url ${quoted(given["admin-url"])}${token}`;
    }
    const { devName, runningDev, runningDevs } = await import("../runtime/config/dev-state.js");
    if (given["data-dir"] === undefined) {
      const dev = await runningDev(given);
      if (dev !== undefined) {
        return (await runningDevs()).length === 1 ? "" : `--dev ${devName(dev)}`;
      }
    }
    const { chooseEngine } = await import("../runtime/config/engine-choice.js");
    const { engine, dataDir, config } = await chooseEngine(given);
    const file = config ?? (existsSync("vote.yaml") ? resolve("vote.yaml") : undefined);
    return [
      `--data-dir ${quoted(dataDir)}`,
      ...(engine === "cluster" ? ["--engine cluster"] : []),
      ...(file === undefined ? [] : [`--config ${quoted(file)}`]),
    ].join(" ");
  }
}

async function askWhich(devs: readonly DevState[]): Promise<DevState> {
  const { createInterface } = await import("node:readline/promises");
  const rows = devs.map(({ urls, election, dataDir }, at) => {
    return `  ${at + 1}  ${urls.serve}/elections/${election}  ${dataDir}\n`;
  });
  process.stderr.write(`${devs.length} vote dev are running:\n${rows.join("")}`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const leave = () => process.exit(errorCatalogue.interrupted.exitCode);
  terminal.on("SIGINT", leave).on("close", leave);
  try {
    for (;;) {
      const answer = await terminal.question(`Which one (1 to ${devs.length})? `);
      const chosen = devs[Number(answer) - 1];
      if (chosen !== undefined) return chosen;
    }
  } finally {
    terminal.off("close", leave).close();
  }
}
