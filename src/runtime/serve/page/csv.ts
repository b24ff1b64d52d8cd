import type { Figures } from "./shared/live-result.js";
import { standingOf } from "./shared/live-result.js";

const columns = ["candidate", "name", "votes", "share", "standing", "revision"] as const;

/**
 * The result as RFC 4180 says, with a byte order mark, without which spreadsheets take UTF-8 for
 * something else.
 */
export function csvOf(figures: Figures): string {
  const rows = figures.result.map(({ candidate, name, votes, share }) => [
    candidate,
    name,
    String(votes),
    String(share),
    standingOf(figures),
    String(figures.revision),
  ]);
  return `\uFEFF${[columns, ...rows].map((row) => row.map(field).join(",")).join("\r\n")}\r\n`;
}

/**
 * A name that begins like a formula would be run as one by the spreadsheet that opens the file: an
 * apostrophe before it makes it text.
 */
function field(text: string): string {
  const harmless = /^\s*[=+\-@\t\r|%＝＋－＠]/u.test(text) && !isNumber(text) ? `'${text}` : text;
  return /[",\r\n']/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

function isNumber(text: string): boolean {
  return /^-?\d+(\.\d+)?(e-?\d+)?$/.test(text);
}
