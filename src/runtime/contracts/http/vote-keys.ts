import { z } from "zod";
import { VoteError } from "../../core/errors.js";
import { type Contract, check } from "../schema/check.js";
import { hex } from "../schema/json-types.js";
import { signerSchema } from "./election.js";

/** `/.well-known/vote-keys.json`: who may sign receipts of which election. */
export const voteKeysSchema = z.object({
  elections: z.array(
    z.object({
      id: z.string(),
      instance: hex(16).describe("as in its frames: what else had this id is another election"),
      keys: z.array(signerSchema).describe("those that may sign its ballots' frames"),
    }),
  ),
});
export type VoteKeys = Contract<typeof voteKeysSchema>;

/** @throws VoteError `invalid-usage` for what `/.well-known/vote-keys.json` would not answer */
export function parseVoteKeys(text: string, file: string): VoteKeys {
  const refuse = (what: string) =>
    new VoteError("invalid-usage", `${file} holds no keys: ${what}.`, {
      hint: "Save what ingest or serve answers at /.well-known/vote-keys.json.",
    });
  let source: unknown;
  try {
    source = JSON.parse(text);
  } catch {
    throw refuse("it is not JSON");
  }
  return check(voteKeysSchema, source, (field, detail) => refuse(`${field || "it"} ${detail}`));
}
