/** What the parser of the command line says, and how this program says it. */
const phrases: readonly (readonly [RegExp, string])[] = [
  [/\n?See more help with --help\s*$/, ""],
  [/^Parsing --\S+ \n\t/, ""],
  [/^The following errors? occurred:\n/, ""],
  [/\n+Note: (.*) allows? multiple values\.[\s\S]*$/, "\nArguments come before $1."],
  [/^Missing \d+ required args?:\n/, "Missing:\n"],
  [/^Nonexistent flags?: (.*)$/gm, "There is no flag $1."],
  [/^Unexpected arguments?: (.*)$/gm, "Too many arguments: $1."],
  [/^ *Missing required flag (\S+)$/gm, "--$1 is missing."],
  [/^ *Exactly one of the following must be provided: (.*)$/gm, "Give exactly one of $1."],
  [/^ *All of the following must be provided when using (--\S+): (.*)$/gm, "$1 needs $2 too."],
  [/^Flag (--\S+) expects a value$/, "$1 needs a value."],
  [/^Flag (--\S+) expects one of these values: (.*)$/, "$1 takes one of: $2."],
  [/^Flag (--\S+) can only be specified once$/, "$1 can be given only once."],
  [/^Expected (--[\w-]+)=(.*) to be one of: (.*)$/gm, '$1 is "$2": it takes one of $3.'],
];

const excluding = /^ *(--[\w-]+)\S* cannot also be provided when using (--[\w-]+)$/;

/** Says in this program's words what the parser of the command line found wrong. */
export function usageDetail(message: string): string {
  const said = phrases.reduce((text, [pattern, phrase]) => text.replace(pattern, phrase), message);
  const lines = said
    .trim()
    .split("\n")
    .map((line) => {
      const [, one, other] = excluding.exec(line) ?? [];
      if (one === undefined) return line.trimEnd();
      // Each of the two complains of the other one.
      return `${[one, other].sort().join(" and ")} exclude each other.`;
    });
  return [...new Set(lines)].join("\n");
}
