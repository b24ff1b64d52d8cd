import { randomBytes } from "node:crypto";
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { LoadRecord } from "../../../contracts/load/load-record.js";
import { messageOf, VoteError } from "../../../core/errors.js";
import type { RunLatencies } from "../../measure/outcome.js";

const reportFormats = ["json", "hdr", "html"] as const;
type ReportFormat = (typeof reportFormats)[number];

/** `--out html=report.html` */
interface ReportTarget {
  readonly format: ReportFormat;
  readonly path: string;
}

/** What reports are made from. */
interface ReportInput {
  readonly record: LoadRecord;
  readonly latencies: RunLatencies;
  /** The candidates' names by id. */
  readonly names: ReadonlyMap<string, string>;
}

/** Reads the value of `--out`. @throws VoteError `invalid-usage` */
export function parseReportTarget(text: string): ReportTarget {
  const [, name, path = ""] = /^([^=]*)=(.*)$/.exec(text) ?? [];
  const format = reportFormats.find((one) => one === name);
  if (format === undefined || path === "") {
    throw new VoteError("invalid-usage", `--out ${text} names no report.`, {
      hint: `Write FORMAT=FILE; the formats are ${reportFormats.join(", ")}.`,
    });
  }
  return { format, path };
}

/**
 * Files for a run's reports. They are opened before anything is sent, so that a run is not lost to
 * a path that cannot be written, and moved into place only when they are whole.
 */
export class ReportFiles {
  readonly #files: readonly PendingFile[];

  private constructor(files: readonly PendingFile[]) {
    this.#files = files;
  }

  /** @throws VoteError `invalid-usage` for a path that cannot be written */
  static async open(targets: readonly ReportTarget[]): Promise<ReportFiles> {
    const files: PendingFile[] = [];
    try {
      for (const target of targets) files.push(await openPending(target));
    } catch (error) {
      await Promise.all(files.map(discard));
      throw error;
    }
    return new ReportFiles(files);
  }

  /** Writes all reports and moves them into place. */
  async write(input: ReportInput): Promise<void> {
    for (const file of this.#files) {
      await file.handle.writeFile(await reportText(file.format, input));
      await file.handle.sync();
      await file.handle.close();
      await rename(file.temporary, file.path);
    }
  }

  /** Removes what was not written. */
  async close(): Promise<void> {
    await Promise.all(this.#files.map(discard));
  }
}

interface PendingFile extends ReportTarget {
  readonly temporary: string;
  readonly handle: FileHandle;
}

async function openPending(target: ReportTarget): Promise<PendingFile> {
  const { path } = target;
  const temporary = join(dirname(path), `.vote-report-${randomBytes(6).toString("hex")}`);
  try {
    const existing = await stat(path).catch(() => undefined);
    if (existing?.isDirectory() === true) throw new Error("it is a directory");
    return { ...target, temporary, handle: await open(temporary, "wx") };
  } catch (cause) {
    const reason = messageOf(cause);
    throw new VoteError("invalid-usage", `The report ${path} cannot be written: ${reason}.`, {
      hint: "Name a file in a directory that exists and can be written to.",
      cause,
    });
  }
}

async function discard({ handle, temporary }: PendingFile): Promise<void> {
  // If it was written, it is already closed and moved.
  await handle.close().catch(() => {});
  await rm(temporary, { force: true });
}

async function reportText(format: ReportFormat, input: ReportInput): Promise<string> {
  const { record, latencies } = input;
  if (format === "json") return `${JSON.stringify(record, undefined, 2)}\n`;
  if (format === "hdr") {
    const { histogramLog } = await import("./report-hdr.js");
    return histogramLog(record, latencies);
  }
  const { htmlReport } = await import("../html/page.js");
  const { readInlined } = await import("../html/inlined.js");
  return htmlReport(input, readInlined());
}
