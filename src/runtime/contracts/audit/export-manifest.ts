import { z } from "zod";
import { VoteError } from "../../core/errors.js";
import { type Contract, check } from "../schema/check.js";
import { count, time } from "../schema/json-types.js";

const file = z.strictObject({
  name: z.string().describe("below the export's directory"),
  bytes: count(),
  sha256: z.string(),
});

const recordFile = file.extend({
  records: count(),
  end: count("the number after the last record's: its sequence or its position"),
  lastAt: count("the byte at which the last record begins; 0 without one"),
});
export type RecordFileFacts = Contract<typeof recordFile>;

/** What an export holds: written last, so that an export without it is not finished. */
const manifestSchema = z.strictObject({
  export: z.literal(1).describe("the version of this form"),
  election: z.string(),
  exportedAt: time(),
  exportedBy: z.strictObject({ program: z.string(), version: z.string() }),
  registry: z.array(file).describe("record, trail, and the certificate if there is one"),
  partitions: z.array(
    z.strictObject({ partition: count(), segments: recordFile, frames: recordFile }),
  ),
});
export type ExportManifest = Contract<typeof manifestSchema>;

/** @throws VoteError `corrupt-export` naming the field */
export function parseManifest(text: string, directory: string): ExportManifest {
  const damaged = (what: string) =>
    new VoteError("corrupt-export", `The export ${directory} is damaged: manifest.json ${what}.`, {
      hint: "Export it again, or copy it again from where it came from.",
    });
  let source: unknown;
  try {
    source = JSON.parse(text);
  } catch {
    throw damaged("is not JSON");
  }
  return check(manifestSchema, source, (field, detail) => damaged(`${field} ${detail}`.trim()));
}
