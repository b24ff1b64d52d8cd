import { readFile } from "node:fs/promises";
import { VoteError } from "../../../core/errors.js";
import type { LoadRecord } from "../record.js";
import type { ComparedRun } from "./compare.js";

/**
 * Reads records that `vote load --out json=FILE` or `--json` wrote.
 *
 * @param list files with commas between them
 * @throws VoteError `invalid-usage` for what is no such record
 */
export async function readRuns(list: string): Promise<ComparedRun[]> {
  const files = list.split(",").filter((file) => file !== "");
  if (files.length === 0) {
    throw new VoteError("invalid-usage", "A side of the comparison names no file.");
  }
  return Promise.all(files.map(async (file) => ({ file, record: await readRecord(file) })));
}

async function readRecord(file: string): Promise<LoadRecord> {
  const refuse = (reason: string, cause?: unknown) =>
    new VoteError("invalid-usage", `${file} ${reason}.`, {
      hint: "A run's record is written by vote load --out json=FILE.",
      cause,
    });
  const text = await readFile(file, "utf8").catch((cause: Error) => {
    throw refuse(`cannot be read: ${cause.message}`, cause);
  });
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch (cause) {
    throw refuse("is not JSON", cause);
  }
  const missing = required.find((path) => !has(record, path.split(".")));
  if (missing !== undefined) throw refuse(`is no record of a load run: it has no ${missing}`);
  return record as LoadRecord;
}

/** What a comparison reads. */
const required = [
  "scenario",
  "engine",
  "valid",
  "invalidReasons",
  "reconciled",
  "interrupted",
  "targetPerSecond",
  "sentPerSecond",
  "acceptedPerSecond",
  "sendingMs",
  "generator.processes",
  "streams",
  "host.cores",
  "latencyMs.acknowledge.p999",
  "latencyMs.visible.p999",
  "timeline.everyMs",
  "timeline.rows",
];

function has(value: unknown, path: readonly string[]): boolean {
  if (path.length === 0) return value !== undefined && value !== null;
  if (typeof value !== "object" || value === null) return false;
  const [name, ...rest] = path;
  return has((value as Readonly<Record<string, unknown>>)[name], rest);
}
