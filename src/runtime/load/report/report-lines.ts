import chalk from "chalk";

/** Columns of the report; figures fit into them, names of others may not. */
export const reportWidth = 80;
export const labelWidth = 18;
const figureWidth = 13;

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** 250,000 */
export function count(value: number): string {
  return grouped.format(value);
}

/** Three significant digits or more: 0.04, 8.13, 21.5, 510, 12,345. */
export function milliseconds(ms: number): string {
  if (ms >= 100) return count(ms);
  return ms.toFixed(ms >= 10 ? 1 : 2);
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

export function heading(text: string): string {
  return chalk.bold(text);
}

/** A label, its figure, and what there is to say about it. */
export function line(label: string, figure: string, note = ""): string {
  const text = `  ${label.padEnd(labelWidth)}${figure.padStart(figureWidth)}`;
  return note === "" ? text : `${text}  ${chalk.dim(note)}`;
}

/** A figure that has to be 0. */
export function zeroLine(label: string, value: number): string {
  const text = line(label, count(value));
  return value === 0 ? text : chalk.red(text);
}

/** Sentences over as many lines as they take, all indented alike after the first's mark. */
export function wrapped(
  text: string,
  first = "  ",
  indent = first.replace(/[^ ]/g, " "),
): string[] {
  const lines: string[] = [];
  let current = first;
  let isEmpty = true;
  for (const word of text.split(" ")) {
    if (!isEmpty && current.length + 1 + word.length > reportWidth) {
      lines.push(current);
      current = indent;
      isEmpty = true;
    }
    current += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, current];
}

/** Names come from whoever made the election: nothing in them may move the cursor. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim();
}
