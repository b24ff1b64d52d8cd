import { Errors, Flags } from "@oclif/core";

const most = 10_000_000;

/** `--rps`: a number of votes a second, or the word for as many as the thresholds allow. */
export const rateFlag = Flags.custom<number | "max">({
  description:
    "Votes a second; of a scenario whose rate varies, at its peak. max: looks for the highest " +
    "that holds the thresholds (default p(99)<250ms), in trials of --duration (default 5s)",
  helpValue: "NUMBER|max",
  parse: async (input) => {
    if (input === "max") return input;
    const rate = Number(input);
    if (/^\d+$/.test(input) && rate >= 1 && rate <= most) return rate;
    const expected = `Expected a whole number from 1 to ${most}, or max`;
    throw new Errors.CLIError(`${expected}, but received: ${input}`);
  },
});

/** Where a search for the highest rate begins, by way in. */
export const searchStart = { log: 50_000, "http-batch": 10_000, http: 1_000 } as const;
/** How long each of its trials sends, unless it is said. */
export const searchSeconds = 5;
export const searchThreshold = "p(99)<250ms";
