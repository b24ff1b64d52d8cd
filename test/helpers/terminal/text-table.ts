/** Cells in columns: the first to the left, the others, which are figures, to the right. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) =>
    row.map((text, at) => (at === 0 ? text.padEnd(widths[0]) : text.padStart(widths[at] + 2))),
  );
  return lines.map((line) => line.join("")).join("\n");
}
