import type { Election } from "../election.js";
import type { VoidedRecord } from "../voided-record.js";
import { canonicalJson } from "./canonical-json.js";

/** What an admin's key signs to void a record. */
export function voidStatement(
  { id, instance }: Pick<Election, "id" | "instance">,
  { partition, position, hash, reason, at, keyId }: Omit<VoidedRecord, "signature">,
): Buffer {
  const place = { election: id, instance, partition, position };
  return Buffer.from(canonicalJson({ kind: "void", ...place, hash, reason, at, keyId }));
}
