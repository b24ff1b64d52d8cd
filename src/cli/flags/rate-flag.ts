import { Flags } from "@oclif/core";
import { wholeWithin } from "./numbers.js";

const most = 10_000_000;

/** The flag `--rps`: votes a second, or `max` for as many as the thresholds allow. */
export const rateFlag = Flags.custom<number | "max">({
  description:
    "Votes a second, at the peak of a scenario whose rate varies. max searches for the highest " +
    "rate that holds the thresholds (p(99)<250ms without any), in trials of --duration (5s); " +
    "default: the scenario's, or 1,000",
  helpValue: "<number>|max",
  parse: async (input) => {
    if (input === "max") return input;
    return wholeWithin("rps", input, 1, most);
  },
});

/** Votes a second at which a search for the highest rate begins, by the way in. */
export const searchStart = { log: 50_000, "http-batch": 10_000, http: 1_000 } as const;
/** Default length of each trial of that search. */
export const searchSeconds = 5;
/** The threshold that a search holds when none was given. */
export const searchThreshold = "p(99)<250ms";
