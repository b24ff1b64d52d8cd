import type { LiveResult } from "../../contracts/http/result.js";
import { standingOf } from "./shared/live-result.js";

const columns = ["candidate", "name", "votes", "share", "standing", "revision"] as const;

/**
 * Writes a result as CSV (RFC 4180), with a byte order mark: without one, spreadsheets misread
 * UTF-8.
 */
export function csvOf(figures: LiveResult): string {
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
 * Quotes a field. A spreadsheet would run a name that begins like a formula; a leading apostrophe
 * makes it text.
 */
function field(text: string): string {
  const safe = /^\s*[=+\-@\t\r|%＝＋－＠]/u.test(text) && !isNumber(text) ? `'${text}` : text;
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function isNumber(text: string): boolean {
  return /^-?\d+(\.\d+)?(e-?\d+)?$/.test(text);
}
