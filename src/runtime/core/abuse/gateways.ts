import { type Election, type GatewayStanding, hasEnded } from "../election.js";
import { VoteError } from "../errors.js";
import { maxJudgedGateways, maxVoterIdBytes } from "../limits.js";
import { isPrintable } from "../printable.js";
import { requireRoomFor } from "../record-size.js";
import { requireReason } from "../voided.js";

/** Subject and issuer, with what stands around them. */
const maxNameLength = 4 * maxVoterIdBytes;

/** Whether a gateway can have this name: one that can be shown, so that it can be suspended. */
export function isGatewayName(name: string): boolean {
  return name.trim() !== "" && name.length <= maxNameLength && isPrintable(name);
}

/**
 * Suspends a gateway, or lets it in again: from now on the election refuses its batches, or takes
 * them. What it sent before stays.
 *
 * @returns the same election if the gateway stands like that already
 * @throws VoteError `invalid-transition` for an election that is over; `invalid-election` for a
 *   name or a reason that cannot be kept, or for more than the record has room for
 */
export function withGateway(election: Election, standing: GatewayStanding): Election {
  const { id, status, gateways = [], revision } = election;
  const { gateway, suspended, reason } = standing;
  if (!isGatewayName(gateway)) {
    throw new VoteError("invalid-election", "No gateway can have this name.", {
      hint: "It is the subject of its token; ingest's /statusz names those that have sent.",
    });
  }
  requireReason(reason);
  if (isSuspended(election, gateway) === suspended) return election;
  if (hasEnded(election)) {
    throw new VoteError("invalid-transition", `Election ${id} is ${status}.`, {
      hint: "It takes nothing more of any gateway.",
    });
  }
  const others = gateways.filter((one) => one.gateway !== gateway);
  if (others.length >= maxJudgedGateways) {
    throw new VoteError(
      "invalid-election",
      `Election ${id} has suspended ${others.length} gateways by now.`,
      { hint: "Have the issuer give no more tokens of the scope gateway." },
    );
  }
  const judged = { ...election, gateways: [...others, standing], revision: revision + 1 };
  requireRoomFor(judged);
  return judged;
}

/** @throws VoteError `gateway-suspended` */
export function requireNotSuspended(election: Election, gateway: string): void {
  if (!isSuspended(election, gateway)) return;
  throw new VoteError("gateway-suspended", `Election ${election.id} has suspended this gateway.`, {
    hint: "Nothing of this batch was taken. Ask the election's admin, who can let it in again.",
  });
}

function isSuspended({ gateways = [] }: Election, gateway: string): boolean {
  return gateways.some((one) => one.suspended && one.gateway === gateway);
}
