import { z } from "zod";
import { type BodyName, bodies } from "./bodies.js";

/** The part of a JSON Schema that this reads. */
interface Node {
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Node[];
  readonly items?: Node;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
}

const marked = /(<!-- contract: (.+?) -->\n)[\s\S]*?(<!-- end -->)/g;

/**
 * Writes each contract between its markers in a Markdown text: the body's shape, then a table of
 * the fields that need a word.
 *
 * @throws Error for the name of no contract
 */
export function withContracts(markdown: string): string {
  return markdown.replace(marked, (_, start: string, name: string, end: string) => {
    if (!Object.hasOwn(bodies, name)) throw new Error(`There is no contract "${name}".`);
    const node = z.toJSONSchema(bodies[name as BodyName], { io: "input" }) as Node;
    return `${start}\n${shapeBlock(node)}${fieldTable(node)}\n${end}`;
  });
}

const width = 118;

/** `{"title", "digest"?, "result": [{"votes"}]}`, indented, over as many lines as it takes. */
function shapeBlock(node: Node): string {
  const lines = [""];
  for (const part of shapeOf(node).split(/(?<=,) /)) {
    const last = lines.at(-1) ?? "";
    if (last !== "" && last.length + part.length > width) lines.push(` ${part}`);
    else lines[lines.length - 1] = last === "" ? part : `${last} ${part}`;
  }
  return lines.map((line) => `    ${line}\n`).join("");
}

function shapeOf(node: Node): string {
  const { properties = {}, required = [] } = node;
  const fields = Object.entries(properties).map(([name, field]) => {
    const below = valueShape(field);
    const mark = required.includes(name) ? "" : "?";
    return `"${name}"${mark}${below === "" ? "" : `: ${below}`}`;
  });
  return `{${fields.join(", ")}}`;
}

/** Empty for a plain text, number or boolean, whose name says enough. */
function valueShape(node: Node): string {
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum !== undefined) return node.enum.map((one) => JSON.stringify(one)).join(" | ");
  if (node.anyOf !== undefined) return unique(node.anyOf.map(valueShape)).join(", ");
  if (node.items !== undefined) return valueShape(node.items).replace(/^.+$/, "[$&]");
  if (node.properties !== undefined) return shapeOf(node);
  return typeof node.additionalProperties === "object" ? "{name: n}" : "";
}

function fieldTable(node: Node): string {
  const rows = describedFields(node, "");
  if (rows.length === 0) return "";
  const all = [["field", "what"], ...rows];
  const [first, second] = [0, 1].map((at) => Math.max(...all.map((row) => row[at].length)));
  const [head, ...body] = all.map(
    ([name, what]) => `| ${name.padEnd(first)} | ${what.padEnd(second)} |\n`,
  );
  return `\n${head}| ${"-".repeat(first)} | ${"-".repeat(second)} |\n${body.join("")}`;
}

/** Those with a description, by their path: `result[].share`. */
function describedFields(node: Node, path: string): [field: string, what: string][] {
  const { properties = {}, required = [], items, anyOf = [] } = node;
  const inside = [
    ...(items === undefined ? [] : describedFields(items, `${path}[]`)),
    ...anyOf.flatMap((one) => describedFields(one, path)),
  ];
  const fields = Object.entries(properties).flatMap(([name, field]) => {
    const at = path === "" ? name : `${path}.${name}`;
    const mark = required.includes(name) ? "" : "?";
    const own: [string, string][] =
      field.description === undefined ? [] : [[`\`${at}${mark}\``, field.description]];
    return [...own, ...describedFields(field, at)];
  });
  const seen = new Set<string>();
  return [...inside, ...fields].filter(([at]) => !seen.has(at) && seen.add(at));
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)].filter((text) => text !== "");
}
