import type { RatePiece } from "../../contracts/load/scenario-arrivals.js";
import { VoteError } from "../../core/errors.js";

interface TraceRow {
  readonly seconds: number;
  readonly count: number;
  readonly line: number;
}

const maxRows = 100_000;
const units = { second: 1, ms: 0.001 } as const;
type Unit = keyof typeof units;

/**
 * Reads a trace of how many votes came when. Each row has a time, and the votes from then until the
 * next row's time; the last row lasts as long as the one before it. A trace is CSV with the header
 * `second,count` or `ms,count`, or NDJSON with these fields. Times count from the first row's.
 *
 * @param file named in every error
 * @throws VoteError `invalid-scenario` with file and line
 */
export function parseTrace(text: string, file: string): RatePiece[] {
  const lines = text
    .split(/\r?\n/)
    .map((line, index) => ({ line: line.trim(), number: index + 1 }));
  const filled = lines.filter(({ line }) => line !== "" && !line.startsWith("#"));
  const [head] = filled;
  if (head === undefined) throw wrong(file, 1, "holds no rows");
  const rows = head.line.startsWith("{")
    ? filled.map(({ line, number }) => jsonRow(line, file, number))
    : csvRows(filled, file);
  if (rows.length === 0) throw wrong(file, head.number, "has no row after its header");
  if (rows.length > maxRows) throw wrong(file, maxRows, `has more than ${maxRows} rows`);
  return rows.map(({ seconds, count, line }, row) => {
    const forSeconds = (rows[row + 1]?.seconds ?? endOf(rows)) - seconds;
    if (!(forSeconds > 0)) {
      throw wrong(file, rows[row + 1]?.line ?? line, "is not later than the row before it");
    }
    const perSecond = count / forSeconds;
    return { forSeconds, fromPerSecond: perSecond, toPerSecond: perSecond };
  });
}

function endOf(rows: readonly TraceRow[]): number {
  const last = rows[rows.length - 1].seconds;
  return rows.length === 1 ? last + 1 : 2 * last - rows[rows.length - 2].seconds;
}

function csvRows(
  [head, ...lines]: readonly { readonly line: string; readonly number: number }[],
  file: string,
): TraceRow[] {
  const match = /^(second|ms) *, *count$/.exec(head.line);
  if (match === null) throw wrong(file, head.number, "is not a header");
  const unit = match[1] as Unit;
  return lines.map(({ line, number }) => {
    const [time, count, more] = line.split(",");
    if (count === undefined || more !== undefined || time.trim() === "" || count.trim() === "") {
      throw wrong(file, number, "is not two numbers");
    }
    return rowOf(Number(time) * units[unit], Number(count), file, number);
  });
}

function jsonRow(line: string, file: string, number: number): TraceRow {
  let row: Partial<Record<Unit | "count", unknown>> | null;
  try {
    row = JSON.parse(line) as typeof row;
  } catch {
    throw wrong(file, number, "is not JSON");
  }
  const unit: Unit = row?.second === undefined ? "ms" : "second";
  if (typeof row?.[unit] !== "number" || typeof row.count !== "number") {
    throw wrong(file, number, "lacks a time or a count");
  }
  return rowOf(row[unit] * units[unit], row.count, file, number);
}

function rowOf(seconds: number, count: number, file: string, number: number): TraceRow {
  if (Number.isFinite(seconds) && Number.isFinite(count) && count >= 0) {
    return { seconds, count, line: number };
  }
  throw wrong(file, number, "is not a time and a count of 0 or more");
}

function wrong(file: string, line: number, what: string): VoteError {
  return new VoteError("invalid-scenario", `${file}, line ${line}: ${what}.`, {
    hint: "A trace is CSV with the header second,count (or ms,count), or NDJSON with these fields.",
  });
}
