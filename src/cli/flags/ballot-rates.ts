import type { Interfaces } from "@oclif/core";
import type { BallotRates } from "../../runtime/ingest/ballot-limits.js";
import { wholeFlag } from "./numbers.js";

const rateFlag = (of: string, whose: string, standard?: number) =>
  wholeFlag({
    helpGroup: "LIMITS",
    description: `Most ballots a second ${whose}`,
    min: 0,
    max: 1_000_000,
    env: `VOTE_MAX_RPS${of}`,
    ...(standard === undefined ? {} : { default: standard }),
  });

/** Flags for how many ballots a second an ingest takes. */
export const ballotRateFlags = {
  "max-rps": rateFlag("", "that this process takes (default: any number)"),
  "max-rps-per-election": rateFlag("_PER_ELECTION", "for one election (default: any number)"),
  "max-rps-per-gateway": rateFlag("_PER_GATEWAY", "in one gateway's batches (default: any number)"),
  "max-rps-per-voter": rateFlag("_PER_VOTER", "of one voter's own, 0 for any number", 10),
};

/** The flags' rates as an ingest takes them. */
export function ballotRates(flags: Interfaces.InferredFlags<typeof ballotRateFlags>): BallotRates {
  return {
    perVoter: flags["max-rps-per-voter"],
    perGateway: flags["max-rps-per-gateway"],
    perElection: flags["max-rps-per-election"],
    inTotal: flags["max-rps"],
  };
}
