import { readFileSync } from "node:fs";
import { join } from "node:path";

interface Flag {
  readonly options?: readonly string[];
  readonly allowNo?: boolean;
  readonly type: "boolean" | "option";
  readonly char?: string;
  readonly env?: string;
}

interface Command {
  readonly flags: Readonly<Record<string, Flag>>;
  readonly args: Readonly<Record<string, unknown>>;
  readonly strict?: boolean;
}

const root = join(import.meta.dirname, "../..");
/** The build writes it, from the commands themselves. */
const { commands } = JSON.parse(readFileSync(join(root, "oclif.manifest.json"), "utf8")) as {
  commands: Record<string, Command>;
};
const topics = new Set(Object.keys(commands).flatMap((id) => id.split(":").slice(0, -1)));

/** The variables that some command reads instead of a flag. */
export const variablesOfFlags: ReadonlySet<string> = new Set(
  Object.values(commands).flatMap(({ flags }) => Object.values(flags).map(({ env }) => env ?? "")),
);

/** A word that stands for another: ID, FILE, <id>, …, HOST:PORT. */
const isPlaceholder = (word: string) => /^[A-Z<{…]|[…]|^\.\.\.$/.test(word);

/** What is wrong with a command line; undefined if the command would take it. */
export function offenceOf(line: string): string | undefined {
  if (line.startsWith("npx ")) return "npx may fetch another program called vote";
  const words = (line.match(/'[^']*'|"[^"]*"|\S+/g) ?? []).slice(1);
  const named = words.findIndex((word) => !/^[a-z]+(\|[a-z]+)*$/.test(word));
  const path = words.slice(0, named === -1 ? undefined : named);
  const ids = path.length === 0 ? [] : alternatives(path);
  for (const id of ids) {
    const command = commands[id];
    if (command !== undefined) {
      const wrong = wrongWord(command, words.slice(id.split(":").length));
      if (wrong !== undefined) return wrong;
    } else if (!topics.has(id)) return `no command ${id.replaceAll(":", " ")}`;
  }
  return undefined;
}

/** The commands that words like `election open|close sample` name: the longest that there are. */
function alternatives(path: readonly string[]): string[] {
  const known = (id: string) => commands[id] !== undefined || topics.has(id);
  let ids = path[0].split("|");
  for (const word of path.slice(1)) {
    const longer = ids.flatMap((id) => word.split("|").map((next) => `${id}:${next}`));
    const isTopicOnly = ids.every((id) => commands[id] === undefined);
    if (!isTopicOnly && !longer.some(known)) break;
    ids = longer;
  }
  return ids;
}

function wrongWord({ flags }: Command, words: readonly string[]): string | undefined {
  for (const [index, word] of words.entries()) {
    if (!word.startsWith("--") || word === "--" || isPlaceholder(word.slice(2))) continue;
    for (const [name, given] of word
      .slice(2)
      .split("|")
      .map((part) => part.replace(/^--/, "").split("="))) {
      if (["help", "version"].includes(name)) continue;
      const flag = flags[name] ?? flags[name.replace(/^no-/, "")];
      if (flag === undefined || (flags[name] === undefined && flag.allowNo !== true)) {
        return `no flag --${name}`;
      }
      const value = given ?? words[index + 1];
      if (flag.type === "boolean" || flag.options === undefined || value === undefined) continue;
      const unknown = value.split("|").find((one) => !flag.options?.includes(one));
      if (unknown !== undefined && !isPlaceholder(unknown)) return `--${name} takes no ${unknown}`;
    }
  }
  return undefined;
}
