import { z } from "zod";
import { VoteError } from "../../core/errors.js";
import { maxPartitions } from "../../core/limits.js";
import { keyUses } from "../../core/signers.js";
import { momentOf } from "../../text/moment.js";
import { type Contract, check, type Refuse } from "../schema/check.js";
import { group, oneOf, wholeNumber } from "../schema/field-types.js";

const textField = z.string({ error: "Give it as a text." });

const candidate = group({
  id: textField,
  name: textField.optional().describe("default: the id"),
}).transform(({ id, name = id }) => ({ id, name }));

const error = "Give a time as in 2027-01-31T20:00:00Z, or milliseconds since 1970.";
const moment = z
  .union([z.int(), z.string().transform(momentOf).pipe(z.int())], { error })
  .nullable();
const firstTime = moment.transform((time) => time ?? undefined).optional();
const change = moment.optional().describe("null removes it; default: as it is");

/** The body that asks for an election. */
export const electionRequestSchema = group({
  id: textField.describe("1 to 32 of a to z, 0 to 9 and `-`"),
  title: textField,
  candidates: z.array(candidate, { error: "Give a list of {id, name}." }),
  partitions: z
    .number({ error: "Give a whole number." })
    .optional()
    .describe("cannot be changed later; default: 8, in a cluster 32"),
  tokens: oneOf(["any-election"])
    .optional()
    .describe("tokens that name no election do, too; default: only those that name this one"),
  opensAt: firstTime,
  closesAt: firstTime,
});

/** The body that changes a schedule. People open or close what has no time. */
export const scheduleRequestSchema = group({ opensAt: change, closesAt: change });

/** The body that names a key to trust. Core checks the key. */
export const signerRequestSchema = group({
  publicKey: textField.describe("Ed25519: the raw 32 bytes, base64url"),
  use: oneOf(keyUses).describe("`frames`: ballots; `admin`: close markers and changes"),
});

/** The body that names a record to pass over. */
export const voidRequestSchema = group({
  partition: wholeNumber(0, maxPartitions - 1),
  position: wholeNumber(0, Number.MAX_SAFE_INTEGER),
  reason: textField,
});

/** The body that suspends a gateway, or lets it in again. Core checks name and reason. */
export const gatewayRequestSchema = group({
  gateway: textField.describe("the subject of its token, and in brackets an issuer not our own"),
  suspended: z.boolean({ error: "Allowed are true and false." }).describe("false lets it in again"),
  reason: textField,
});

/** The body that says whether each ballot needs a proof of work. */
export const proofRequestSchema = group({
  required: z.boolean({ error: "Allowed are true and false." }),
});

/** An election as an admin asks for it. Core checks ids, numbers and times. */
export type ElectionRequest = Contract<typeof electionRequestSchema>;

const refuse: Refuse = (field, detail, hint) =>
  field === ""
    ? new VoteError("invalid-election", "The body is not a JSON object.")
    : new VoteError("invalid-election", `The field ${field} ${detail}.`, { hint });

/** @throws VoteError `invalid-election` for a field that is missing, wrong or not known */
export function electionRequest(body: unknown): ElectionRequest {
  return check(electionRequestSchema, body, refuse);
}

/** @throws VoteError `invalid-election` */
export function scheduleRequest(body: unknown): Contract<typeof scheduleRequestSchema> {
  return check(scheduleRequestSchema, body, refuse);
}

/** @throws VoteError `invalid-election` */
export function signerRequest(body: unknown): Contract<typeof signerRequestSchema> {
  return check(signerRequestSchema, body, refuse);
}

/** @throws VoteError `invalid-election` */
export function voidRequest(body: unknown): Contract<typeof voidRequestSchema> {
  return check(voidRequestSchema, body, refuse);
}

/** @throws VoteError `invalid-election` */
export function gatewayRequest(body: unknown): Contract<typeof gatewayRequestSchema> {
  return check(gatewayRequestSchema, body, refuse);
}

/** @throws VoteError `invalid-election` */
export function proofRequest(body: unknown): Contract<typeof proofRequestSchema> {
  return check(proofRequestSchema, body, refuse);
}
