import type { Command, Config } from "@oclif/core";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** A word that may follow, and what it means. */
interface Word {
  readonly word: string;
  readonly meaning: string;
}

/** A flag, and what may stand behind it. */
interface FlagWord extends Word {
  readonly values: readonly string[];
  readonly takes: "nothing" | "path" | "word";
}

/** What may follow the words of a command, or of the beginning of one: `election create`. */
interface Place {
  readonly words: string;
  readonly commands: readonly Word[];
  readonly flags: readonly FlagWord[];
}

/** Writes a script that completes commands, flags and their values in a shell. */
export function completionScript(shell: Shell, config: Pick<Config, "commands" | "topics">) {
  const places = placesOf(config);
  if (shell === "fish") return fishScript(places);
  return shell === "bash" ? bashScript(places) : zshScript(places);
}

function placesOf({ commands, topics }: Pick<Config, "commands" | "topics">): Place[] {
  const visible = commands.filter(({ hidden }) => hidden !== true);
  const texts = new Map<string, string>();
  for (const { name, description = "" } of topics)
    texts.set(name.replaceAll(":", " "), description);
  for (const { id, summary = "" } of visible) texts.set(id.replaceAll(":", " "), summary);
  const flagsOf = new Map(visible.map((one) => [one.id.replaceAll(":", " "), flagWords(one)]));
  return ["", ...texts.keys()].sort().map((words) => {
    const prefix = words === "" ? "" : `${words} `;
    const next = [...texts].filter(([name]) => {
      return name.startsWith(prefix) && name !== words && !name.slice(prefix.length).includes(" ");
    });
    const below = next.map(([name, meaning]) => ({ word: name.slice(prefix.length), meaning }));
    return { words, commands: below, flags: flagsOf.get(words) ?? [] };
  });
}

function flagWords({ flags }: Command.Loadable): FlagWord[] {
  const all = Object.values(flags).filter(({ hidden }) => hidden !== true);
  return all.map((flag) => {
    const { name, description: meaning = "" } = flag;
    const word = `--${name}`;
    if (flag.type === "boolean") return { word, meaning, values: [], takes: "nothing" };
    const takes = /file|dir/.test(flag.helpValue?.toString() ?? "") ? "path" : "word";
    return { word, meaning, values: flag.options ?? [], takes };
  });
}

function bashScript(places: readonly Place[]): string {
  const values = (place: Place) => place.flags.filter(({ takes }) => takes !== "nothing");
  const cases = places.map((place) => {
    const words = [...place.commands, ...place.flags].map(({ word }) => word).join(" ");
    const after = values(place).map(({ word, values: list, takes }) => {
      return `        ${word}) ${takes === "path" ? "paths=1" : `values="${list.join(" ")}"`} ;;`;
    });
    return `    "${place.words}")
      words="${words}"
      case "$previous" in
${[...after, "        *) values=- ;;"].join("\n")}
      esac ;;`;
  });
  return `# Completion of vote in bash: eval "$(vote completion bash)"
_vote() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local place="" words="" values="" paths="" word at
  for ((at = 1; at < COMP_CWORD; at++)); do
    word="\${COMP_WORDS[at]}"
    case "\${place:+$place }$word" in
      ${places.flatMap(({ words }) => (words === "" ? [] : [`"${words}"`])).join("|")})
        place="\${place:+$place }$word" ;;
    esac
  done
  case "$place" in
${cases.join("\n")}
  esac
  if [[ -n $paths ]]; then
    COMPREPLY=($(compgen -f -- "$current"))
  elif [[ $values != - ]]; then
    COMPREPLY=($(compgen -W "$values" -- "$current"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  fi
}
complete -F _vote vote
`;
}

/** zsh runs the completion of bash, as its own manual offers. */
function zshScript(places: readonly Place[]): string {
  const bash = bashScript(places).split("\n").slice(1).join("\n");
  return `# Completion of vote in zsh: eval "$(vote completion zsh)"
autoload -U +X compinit bashcompinit
(( \${+_comps} )) || compinit
bashcompinit
${bash}`;
}

function fishScript(places: readonly Place[]): string {
  const quoted = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const lines = places.flatMap(({ words, commands, flags }) => {
    const at = `complete -c vote -n ${quoted(`__vote_at ${words}`.trimEnd())}`;
    const rows = commands.map(({ word, meaning }) => {
      return `${at} -f -a ${word} -d ${quoted(shortOf(meaning))}`;
    });
    const options = flags.map(({ word, meaning, values, takes }) => {
      const value = { nothing: "", path: " -r -F", word: " -x" }[takes];
      const list = values.length === 0 ? "" : ` -a ${quoted(values.join(" "))}`;
      return `${at} -l ${word.slice(2)}${value}${list} -d ${quoted(shortOf(meaning))}`;
    });
    return [...rows, ...options];
  });
  const known = places.flatMap(({ words }) => (words === "" ? [] : [quoted(words)]));
  return `# Completion of vote in fish: vote completion fish | source
function __vote_place
  set -l place
  for word in (commandline -opc)[2..]
    if contains -- "$(string join ' ' $place $word)" ${known.join(" ")}
      set -a place $word
    end
  end
  string join ' ' $place
end
function __vote_at
  test "$(__vote_place)" = "$argv"
end
complete -c vote -f
${lines.join("\n")}
`;
}

/** The first sentence of a description. */
function shortOf(text: string): string {
  return text.split(/[.;:(]/)[0].trim();
}
