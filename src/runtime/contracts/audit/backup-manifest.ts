import { z } from "zod";
import { VoteError } from "../../core/errors.js";
import { type Contract, check } from "../schema/check.js";
import { count, time } from "../schema/json-types.js";

/** What a backup holds: written last, so that one without it is not finished. */
export const backupManifestSchema = z.strictObject({
  backup: z.literal(1).describe("the version of this form"),
  madeAt: time("when it was begun: what was acknowledged before is in it"),
  madeBy: z.strictObject({ program: z.string(), version: z.string() }),
  secretKeys: z.boolean().describe("whether it holds this host's keys and voter keys"),
  elections: z.array(z.strictObject({ id: z.string(), status: z.string(), revision: count() })),
  files: z.array(
    z.strictObject({
      name: z.string().describe("below the backup's directory"),
      bytes: count(),
      sha256: z.string(),
    }),
  ),
});
export type BackupManifest = Contract<typeof backupManifestSchema>;

/** @throws VoteError `corrupt-backup` naming the field */
export function parseBackupManifest(text: string, directory: string): BackupManifest {
  const damaged = (what: string) => damagedBackup(`${directory}/backup.json`, what);
  let source: unknown;
  try {
    source = JSON.parse(text);
  } catch {
    throw damaged("it is not JSON");
  }
  return check(backupManifestSchema, source, (field, detail) =>
    damaged(`${field} ${detail}`.trim()),
  );
}

/** The error of a file of a backup that is not as it was written. */
export function damagedBackup(path: string, what: string): VoteError {
  return new VoteError("corrupt-backup", `The backup's file ${path} is damaged: ${what}.`, {
    hint: "Nothing was restored. Copy the backup again from where it came from, or use another.",
  });
}
