import { type Command, CommandHelp, Help, type Interfaces } from "@oclif/core";
import { calledAs } from "../hints/called-as.js";

/** The commands as a newcomer needs them, and not by the alphabet. */
const groups: Readonly<Record<string, readonly string[]>> = {
  "TRY IT": ["demo", "dev", "monitor"],
  "RUN ELECTIONS": ["election", "recount", "audit", "token", "key", "plan"],
  "LOAD AND MEASURE": ["load", "bench"],
  "RUN THE ROLES": ["ingest", "tally", "serve", "admin", "certify", "services"],
};
const others = "MORE";

/** The help of a command: how it is called, its flags by groups, the common ones in a line. */
class FlagHelp extends CommandHelp {
  protected override usage(): string {
    const { id, args, flags } = this.command;
    const own = Object.values(flags).filter(({ hidden }) => hidden !== true);
    const needed = own.filter(({ required }) => required === true);
    const words = [
      `$ ${this.config.bin}`,
      id.replaceAll(":", " "),
      ...Object.values(args).map((arg) => (arg.required ? this.#word(arg) : `[${arg.name}]`)),
      ...needed.map(labelOf),
      ...(own.length > needed.length ? ["[flags]"] : []),
    ];
    return this.wrap(words.join(" "));
  }

  protected override args(args: Command.Arg.Any[]): [string, string | undefined][] | undefined {
    const rows = args.map((arg): [string, string | undefined] => {
      return [this.#word(arg), arg.description];
    });
    return rows.length === 0 ? undefined : rows;
  }

  #word({ name }: Command.Arg.Any): string {
    return this.command.strict === false ? `<${name}>...` : `<${name}>`;
  }

  protected override flags(flags: Command.Flag.Any[]): [string, string | undefined][] | undefined {
    return flags.length === 0 ? undefined : flags.map(flagRow);
  }

  /** Without the summary, which stands above. */
  protected override description(): string | undefined {
    const { description } = this.command;
    return description === undefined ? undefined : this.wrap(description);
  }

  protected override sections() {
    const own = super.sections().filter(({ header }) => header !== "FLAG DESCRIPTIONS");
    const [usage, ...rest] = own;
    const description = rest.filter(({ header }) => header === "DESCRIPTION");
    const flags = rest.filter(({ header }) => header !== "DESCRIPTION");
    const common = { header: "COMMON FLAGS", generate: () => this.#commonFlags() };
    const examples = flags.pop();
    return [usage, ...description, ...flags, common, ...(examples ? [examples] : [])];
  }

  #commonFlags(): string | undefined {
    const names = Object.values(this.command.flags)
      .filter(({ helpGroup, hidden }) => helpGroup === "GLOBAL" && hidden !== true)
      .map(({ name }) => `--${name}`);
    return names.length === 0 ? undefined : `${names.sort().join(" ")}; see --help alone`;
  }

  protected override examples(examples: Command.Example[] | undefined): string | undefined {
    return super.examples(examples)?.replaceAll(/\n\n/g, "\n");
  }

  protected override groupFlags(flags: Command.Flag.Any[]) {
    const { mainFlags, flagGroups } = super.groupFlags(flags);
    const { GLOBAL: _, ...named } = flagGroups;
    return { mainFlags, flagGroups: named };
  }
}

function flagRow(flag: Command.Flag.Any): [string, string] {
  return [labelOf(flag), (flag.description ?? "") + factsOf(flag)];
}

/** `--port <port>`, `--via log|http`, `--[no-]wait` */
function labelOf(flag: Command.Flag.Any): string {
  const name = flag.type === "boolean" && flag.allowNo ? `[no-]${flag.name}` : flag.name;
  if (flag.type === "boolean") return `--${name}`;
  const { helpValue, options } = flag;
  const value = helpValue ?? (options === undefined ? "<value>" : options.join("|"));
  return `--${name} ${value}${flag.multiple === true ? "..." : ""}`;
}

/** What the description leaves to the parser: the default, the variable, whether it is needed. */
function factsOf(flag: Command.Flag.Any): string {
  const value = flag.type === "option" ? flag.default : undefined;
  const shown = Array.isArray(value) ? value.join(", ") : (value ?? "");
  const facts = [
    ...(flag.required ? ["required"] : []),
    ...(shown === "" ? [] : [`default: ${shown}`]),
    ...(flag.env === undefined ? [] : [`or set ${flag.env}`]),
  ];
  return facts.length === 0 ? "" : ` [${facts.join("; ")}]`;
}

/** The help of this program, named in package.json. */
export class VoteHelp extends Help {
  protected override CommandHelpClass = FlagHelp;

  /** Examples are to be copied, so they name the program as its reader has called it. */
  constructor(config: Interfaces.Config, options?: Partial<Interfaces.HelpOptions>) {
    super(Object.assign(Object.create(config), { bin: calledAs() }), options);
  }

  protected override async showRootHelp(): Promise<void> {
    const root = this.sortedCommands.filter(({ id }) => !id.includes(":"));
    const topics = this.sortedTopics.filter(({ name }) => !name.includes(":"));
    const texts = new Map(topics.map(({ name, description = "" }) => [name, description]));
    for (const command of root) texts.set(command.id, command.summary ?? "");
    const known = new Set(Object.values(groups).flat());
    const rest = [...texts.keys()].filter((name) => !known.has(name));
    this.log(`${this.config.pjson.description ?? ""}\n`);
    this.log(`${this.section("USAGE", `$ ${this.config.bin} <command> [flags]`)}\n`);
    for (const [title, names] of Object.entries({ ...groups, [others]: rest })) {
      const rows = names.map((name) => [name, texts.get(name)]);
      this.log(`${this.section(title, this.#rows(rows))}\n`);
    }
    const flags = root.find(({ id }) => id === "recount")?.flags ?? {};
    const common = Object.values(flags).filter(({ helpGroup }) => helpGroup === "GLOBAL");
    const title = "FLAGS OF ALL COMMANDS";
    this.log(`${this.section(title, this.#rows(common.map(flagRow)))}\n`);
  }

  #rows(rows: (string | undefined)[][]): string {
    return this.renderList(rows, { indentation: 2, spacer: "\n" });
  }
}
