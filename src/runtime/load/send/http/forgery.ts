import type { ErrorCode } from "../../../core/errors.js";
import type { HttpTarget } from "./http-target.js";

/** The ways a ballot is forged, each with the code that must refuse it. */
const singleForgeries = [
  ["expired-token", "invalid-token"],
  ["foreign-token", "invalid-token"],
  ["no-token", "missing-token"],
  ["unknown-candidate", "unknown-candidate"],
  ["malformed-ballot", "malformed-json"],
] as const satisfies readonly (readonly [string, ErrorCode])[];

/** A batch has only its gateway's token, so only what stands in its lines can be forged. */
const batchForgeries = singleForgeries.filter(
  ([kind]) => kind === "unknown-candidate" || kind === "malformed-ballot",
);

export type Forgery = (typeof singleForgeries)[number];

/** @param draw any whole number; the same number gives the same forgery */
export function forgeryOf(via: "http" | "http-batch", draw: number): Forgery {
  const kinds = via === "http" ? singleForgeries : batchForgeries;
  return kinds[draw % kinds.length];
}

/** No candidate id begins with a hyphen. */
const nobody = "-nobody";

/** A ballot's JSON: good, for an unknown candidate, or cut off. */
export function ballotText(fields: string, choice: string, forgery: Forgery | undefined): string {
  const kind = forgery?.[0];
  if (kind === "malformed-ballot") return `{${fields},"choice":"${choice}`;
  return `{${fields},"choice":"${kind === "unknown-candidate" ? nobody : choice}"}`;
}

/** The header with the voter's token: good, bad or none. */
export function authorization(
  target: HttpTarget,
  voterId: string,
  forgery: Forgery | undefined,
): string {
  const kind = forgery?.[0];
  if (kind === "no-token") return "";
  const isForged = kind === "expired-token" || kind === "foreign-token";
  const token = isForged ? target.forgedToken(voterId, kind) : target.voterToken(voterId);
  return `Authorization: Bearer ${token}\r\n`;
}
