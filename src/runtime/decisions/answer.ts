import type { BallotDecision } from "../contracts/http/ballot-decision.js";
import { VoteError } from "../core/errors.js";
import { idBytes } from "../core/formats/ballot.js";
import type { Finding } from "./decision-finder.js";

/** Reads 16 bytes. @throws VoteError `bad-request` naming what they should be */
export function readId(value: unknown, what: string): Buffer {
  if (typeof value === "string" && /^[0-9a-f]{32}$/.test(value)) return Buffer.from(value, "hex");
  throw new VoteError("bad-request", `The ${what} is not ${2 * idBytes} hexadecimal digits.`, {
    hint: "They are in lower case, as in the receipt and in the answer to the ballot.",
  });
}

/** Reads a position in the log. @throws VoteError `bad-request` */
export function readPosition(value: unknown): number {
  const position = typeof value === "string" && /^\d{1,16}$/.test(value) ? Number(value) : -1;
  if (Number.isSafeInteger(position) && position >= 0) return position;
  throw new VoteError("bad-request", "The position is not a whole number.", {
    hint: "Send ?position= as the answer to the ballot has it.",
  });
}

/** Says what has become of a ballot, in the contract's words. */
export function decisionBody(
  { election, ballotId, position }: Pick<BallotDecision, "election" | "ballotId" | "position">,
  { partition, decided }: Finding,
): BallotDecision {
  const asked = { election, ballotId, partition, position };
  if (decided === undefined) return { ...asked, outcome: "pending" };
  const { decision, segment } = decided;
  if (decision === "counted") return { ...asked, outcome: "counted", segment };
  return { ...asked, outcome: "rejected", reason: decision, segment };
}
