/** A benchmark's record as aligned lines: numbers grouped, nested figures by path. */
export function benchTable(record: object): string {
  const rows = flatten(record, "");
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n");
}

function flatten(value: object, path: string): [string, string][] {
  return Object.entries(value).flatMap(([key, entry]): [string, string][] => {
    const name = path === "" ? key : `${path}.${key}`;
    if (typeof entry === "object" && entry !== null) return flatten(entry, name);
    return [[name, typeof entry === "number" ? grouped(entry) : String(entry)]];
  });
}

function grouped(value: number): string {
  const digits = Math.abs(value) >= 1_000 ? 0 : 3;
  return value.toLocaleString("en-US", { maximumFractionDigits: digits });
}
