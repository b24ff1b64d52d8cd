import { readFileSync } from "node:fs";

/** An object in docs/reference/json.md: `"key"`, `"key"?`, `"key": {…}`, `"key": [{…}]`. */
interface Shape {
  /** With whether the key may be missing, and what stands under it if that is spelled out. */
  readonly keys: Map<string, { optional: boolean; below?: Shape }>;
  /** `{reason: n}`: keys that are not fixed. */
  open: boolean;
}

const document = readFileSync(new URL("../../docs/reference/json.md", import.meta.url), "utf8");

/** The indented blocks under a heading, up to the next heading. */
function blocksUnder(heading: string): string[] {
  const lines = document.split("\n");
  const start = lines.findIndex((line) => /^#+ /.test(line) && line.endsWith(` ${heading}`));
  if (start === -1) throw new Error(`docs/reference/json.md has no heading ${heading}`);
  const end = lines.findIndex((line, at) => at > start && /^#+ /.test(line));
  const blocks: string[] = [];
  let before = "";
  for (const line of lines.slice(start + 1, end === -1 ? undefined : end)) {
    if (line.startsWith("    ")) {
      if (before.startsWith("    ")) blocks[blocks.length - 1] += line;
      else blocks.push(line);
    }
    before = line;
  }
  return blocks;
}

/** Shapes in arrays are alternatives: what is not in all of them may be missing. */
function merge(into: Shape | undefined, next: Shape): Shape {
  if (into === undefined) return next;
  for (const [key, entry] of into.keys) if (!next.keys.has(key)) entry.optional = true;
  for (const [key, entry] of next.keys) {
    const known = into.keys.get(key);
    if (known === undefined) into.keys.set(key, { ...entry, optional: true });
    else known.optional ||= entry.optional;
  }
  return into;
}

function parse(text: string): Shape {
  const tokens = [...text.matchAll(/"([^"]*)"|[{}[\],:?]|[^\s{}[\],:?"]+/g)];
  let at = 0;
  const object = (): Shape => {
    const shape: Shape = { keys: new Map(), open: false };
    while (tokens[at][0] !== "}") {
      const [whole, key] = tokens[at++];
      if (whole === ",") continue;
      if (key === undefined) shape.open = true;
      const entry: { optional: boolean; below?: Shape } = { optional: tokens[at][0] === "?" };
      if (entry.optional) at++;
      if (tokens[at][0] === ":") entry.below = value();
      if (key !== undefined) shape.keys.set(key, entry);
    }
    at++;
    return shape;
  };
  const value = (): Shape | undefined => {
    let below: Shape | undefined;
    let depth = 0;
    for (at++; depth > 0 || !/^[,}]$/.test(tokens[at][0]); ) {
      const [token] = tokens[at++];
      if (token === "{") below = merge(below, object());
      else if (token === "[") depth++;
      else if (token === "]") depth--;
    }
    return below;
  };
  at++;
  return object();
}

/** The object of block `number`, from 0, under a heading of docs/reference/json.md. */
export function documentedShape(heading: string, number = 0): Shape {
  return parse(blocksUnder(heading)[number]);
}

/** Every difference between a record and its documentation, as paths. */
export function undocumented(record: unknown, shape: Shape, path = ""): string[] {
  if (record === null || record === undefined) return [];
  if (Array.isArray(record)) {
    return record.flatMap((one, index) => undocumented(one, shape, `${path}[${index}]`));
  }
  if (typeof record !== "object") return [`${path} is no object`];
  const values = new Map(Object.entries(record));
  const offences = [...shape.keys]
    .filter(([key, { optional }]) => !optional && !values.has(key))
    .map(([key]) => `${path}.${key} is missing`);
  for (const [key, value] of values) {
    const entry = shape.keys.get(key);
    if (entry === undefined && !shape.open) offences.push(`${path}.${key} is not documented`);
    if (entry?.below !== undefined)
      offences.push(...undocumented(value, entry.below, `${path}.${key}`));
  }
  return offences;
}
