import { z } from "zod";
import type { Dispute } from "../../core/dispute.js";
import type { Election } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import type { Certificate } from "../../core/formats/certificate.js";
import { refusalReasons } from "../../core/formats/refusal.js";
import { type Contract, check } from "../schema/check.js";
import { count, counts, time } from "../schema/json-types.js";
import { disputedPlace } from "./disputed-place.js";
import { electionSchema } from "./election.js";

const sha256 = z.string().regex(/^[0-9a-f]+$/, "SHA-256 in hexadecimal");

const definitionSchema = z.strictObject({
  id: z.string(),
  instance: z.string(),
  title: z.string(),
  candidates: z.array(z.strictObject({ id: z.string(), name: z.string() })),
  partitions: count(),
  rule: z.literal("first-ballot-counts"),
  hours: z.strictObject({ opensAt: z.int().optional(), closesAt: z.int().optional() }),
  keyFingerprint: z.string(),
  tokens: z.literal("any-election").optional(),
});

/** Another field would be one that nobody compares. */
const place = { partition: count(), position: count(), hash: sha256 };

const certificateSchema = z.strictObject({
  version: z.literal(2),
  election: z.string(),
  definition: definitionSchema,
  definitionHash: sha256,
  result: z.array(z.strictObject({ candidate: z.string(), votes: count() })),
  counted: count(),
  rejected: counts("by reason"),
  refused: z.array(z.strictObject({ ...place, reason: z.enum(refusalReasons) })),
  refusedCount: count(),
  voided: z.array(z.strictObject({ ...place, reason: z.string() })),
  partitions: z.array(
    z.strictObject({
      partition: count(),
      sequence: count(),
      hash: sha256,
      logEnd: count(),
      logDigest: sha256,
    }),
  ),
  digest: sha256,
  trailHead: sha256,
  verified: z.tuple([z.literal("ledger"), z.literal("log")]),
  verifiedBy: z.strictObject({ program: z.string(), version: z.string() }),
  certifiedAt: z.int(),
  certifiedBy: z.string(),
  keyId: z.string(),
  signature: z.string(),
}) satisfies z.ZodType<Certificate>;

const changeSchema = z.object({
  election: electionSchema,
  by: z.string(),
  at: time(),
  previous: z.union([z.literal(""), sha256]),
});

const disputeSchema = z.object({
  election: z.string(),
  revision: count(),
  at: time(),
  by: z.string(),
  finding: z.string(),
  ...disputedPlace,
  detail: z.string(),
}) satisfies z.ZodType<Dispute>;

type Stored = Uint8Array | string;

/**
 * Decodes the registry's record of an election.
 *
 * @throws VoteError `corrupt-registry` naming the record
 */
export function decodeElection(stored: Stored, id: string): Election {
  const name = `election ${id}`;
  const election = decode(electionSchema, stored, name);
  requireSame(name, "id", election.id, id);
  return election;
}

/**
 * Decodes one change of an election's trail. Its fields keep the order in which they are stored:
 * the next change holds the hash of these bytes.
 *
 * @throws VoteError `corrupt-registry` naming the record
 */
export function decodeChange(stored: Stored, id: string): Contract<typeof changeSchema> {
  const name = `trail of election ${id}`;
  const change = decode(changeSchema, stored, name);
  requireSame(name, "election.id", change.election.id, id);
  return change;
}

/**
 * Decodes an election's certificate.
 *
 * @throws VoteError `corrupt-registry` naming the record
 */
export function decodeCertificate(stored: Stored, id: string): Certificate {
  const name = `certificate of election ${id}`;
  const certificate = decode(certificateSchema, stored, name);
  requireSame(name, "election", certificate.election, id);
  return certificate;
}

/**
 * Decodes what a certifier has stopped at.
 *
 * @throws VoteError `corrupt-registry` naming the record
 */
export function decodeDispute(stored: Stored, id: string): Dispute {
  const name = `dispute of election ${id}`;
  const dispute = decode(disputeSchema, stored, name);
  requireSame(name, "election", dispute.election, id);
  return dispute;
}

function decode<Schema extends z.ZodType>(
  schema: Schema,
  stored: Stored,
  name: string,
): Contract<Schema> {
  const source = parse(typeof stored === "string" ? stored : Buffer.from(stored).toString(), name);
  check(schema, source, (field, detail) =>
    damaged(name, field === "" ? `it ${detail}` : `${field} ${detail}`),
  );
  return source as Contract<Schema>;
}

function parse(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw damaged(name, "it is not JSON");
  }
}

function requireSame(name: string, field: string, actual: string, wanted: string): void {
  if (actual !== wanted) throw damaged(name, `${field} is ${JSON.stringify(actual)}`);
}

function damaged(name: string, what: string): VoteError {
  return new VoteError("corrupt-registry", `The registry's ${name} is damaged: ${what}.`, {
    hint: "Restore the registry from a backup. The election's trail holds each of its changes.",
  });
}
