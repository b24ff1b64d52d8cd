import { formatDecimal } from "../../runtime/text/numbers.js";

/** Renders a benchmark's record as aligned lines, one a figure, nested ones by their path. */
export function benchTable(record: object): string {
  const rows = flatten(record, "");
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n");
}

function flatten(value: object, path: string): [string, string][] {
  return Object.entries(value).flatMap(([key, entry]): [string, string][] => {
    const name = path === "" ? key : `${path}.${key}`;
    if (typeof entry === "object" && entry !== null) return flatten(entry, name);
    return [[name, typeof entry === "number" ? formatDecimal(entry) : String(entry)]];
  });
}
