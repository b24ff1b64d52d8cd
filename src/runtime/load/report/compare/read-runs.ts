import { readFile } from "node:fs/promises";
import { type LoadRecord, loadRecordSchema } from "../../../contracts/load/load-record.js";
import { check } from "../../../contracts/schema/check.js";
import { VoteError } from "../../../core/errors.js";
import type { ComparedRun } from "./compare.js";

/**
 * Reads records that `vote load --out json=FILE` or `--json` wrote.
 *
 * @param list files with commas between them
 * @throws VoteError `invalid-usage` for what is no such record, with the first field that is wrong
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
      hint: "A run's record is written by `vote load --out json=FILE`.",
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
  return check(loadRecordSchema, record, (field, detail) =>
    refuse(`is no record of a load run: ${field === "" ? "it" : field} ${detail}`),
  );
}
