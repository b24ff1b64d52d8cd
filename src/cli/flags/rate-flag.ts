import { Errors, Flags } from "@oclif/core";

const most = 10_000_000;

/** The flag `--rps`: votes a second, or `max` for as many as the thresholds allow. */
export const rateFlag = Flags.custom<number | "max">({
  description:
    "Votes a second, at the peak of a scenario whose rate varies. max searches for the highest " +
    "rate that holds the thresholds (default p(99)<250ms), in trials of --duration (default 5s)",
  helpValue: "NUMBER|max",
  parse: async (input) => {
    if (input === "max") return input;
    const rate = Number(input);
    if (/^\d+$/.test(input) && rate >= 1 && rate <= most) return rate;
    const expected = `Expected a whole number from 1 to ${most}, or max`;
    throw new Errors.CLIError(`${expected}, but received: ${input}`);
  },
});

/** Votes a second at which a search for the highest rate begins, by the way in. */
export const searchStart = { log: 50_000, "http-batch": 10_000, http: 1_000 } as const;
/** Default length of each trial of that search. */
export const searchSeconds = 5;
/** The threshold that a search holds when none was given. */
export const searchThreshold = "p(99)<250ms";
