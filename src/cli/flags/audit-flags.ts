import { Flags } from "@oclif/core";

/** The flags of an audit of one election. */
export const electionFlag = {
  election: Flags.string({ helpValue: "<id>", description: "Election id", required: true }),
};

/** Where an audit writes. */
export const directoryFlag = {
  to: Flags.directory({
    helpValue: "<dir>",
    description: "Directory; made if it is missing",
    required: true,
  }),
};
