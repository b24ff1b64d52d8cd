import type { ErrorCode } from "../../../core/errors.js";
import type { HttpTarget } from "./http-target.js";

/** What can be wrong with a ballot so that it must be refused, and with which code. */
const singleForgeries = [
  ["expired-token", "invalid-token"],
  ["foreign-token", "invalid-token"],
  ["no-token", "missing-token"],
  ["unknown-candidate", "unknown-candidate"],
  ["malformed-ballot", "malformed-json"],
] as const satisfies readonly (readonly [string, ErrorCode])[];

/** A batch has one token, its gateway's: only its lines can be forged one by one. */
const batchForgeries = singleForgeries.filter(
  ([kind]) => kind === "unknown-candidate" || kind === "malformed-ballot",
);

export type Forgery = (typeof singleForgeries)[number];

/** @param draw any whole number: the same one, the same forgery */
export function forgeryOf(via: "http" | "http-batch", draw: number): Forgery {
  const kinds = via === "http" ? singleForgeries : batchForgeries;
  return kinds[draw % kinds.length];
}

/** No id of a candidate begins with a hyphen. */
const nobody = "-nobody";

/** A ballot's JSON after `forgery`: whole, for nobody, or cut off. */
export function ballotText(fields: string, choice: string, forgery: Forgery | undefined): string {
  const kind = forgery?.[0];
  if (kind === "malformed-ballot") return `{${fields},"choice":"${choice}`;
  return `{${fields},"choice":"${kind === "unknown-candidate" ? nobody : choice}"}`;
}

/** The header with the voter's token after `forgery`: good, bad or none. */
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
