import { readFile, rename, writeFile } from "node:fs/promises";
import { type ChaosReport, parseChaosReport } from "../contracts/chaos/chaos-report.js";
import { messageOf, VoteError } from "../core/errors.js";

/** @throws VoteError `invalid-usage` unless `vote chaos` has written the file */
export async function readReport(file: string): Promise<ChaosReport> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new VoteError("invalid-usage", `${file} cannot be read: ${messageOf(cause)}.`, {
      hint: "Name the file that `vote chaos --report FILE` has written.",
      cause,
    });
  });
  return parseChaosReport(text, file);
}

/**
 * Replaces the file at once, so that a kill leaves the old or the new one.
 *
 * @throws VoteError `invalid-usage` when it cannot be written
 */
export async function writeReport(file: string, report: ChaosReport): Promise<void> {
  const aside = `${file}.${process.pid}`;
  try {
    await writeFile(aside, `${JSON.stringify(report, null, 2)}\n`);
    await rename(aside, file);
  } catch (cause) {
    throw new VoteError("invalid-usage", `${file} cannot be written: ${messageOf(cause)}.`, {
      hint: "Name a file in a directory where you may write.",
      cause,
    });
  }
}
