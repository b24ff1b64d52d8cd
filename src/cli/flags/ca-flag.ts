import { Flags } from "@oclif/core";
import type { Fetch } from "../../runtime/http/trust.js";

/** The flag for a certificate authority of one's own. */
export const caFlag = {
  ca: Flags.file({
    helpValue: "<file>",
    description: "File with the certificate of a CA of your own, for https:// addresses",
    env: "VOTE_CA",
  }),
};

/**
 * Opens what makes requests.
 *
 * @returns Node's own `fetch` without a CA's file
 * @throws VoteError `invalid-usage` for a file that holds no certificate
 */
export async function fetchFor({ ca }: { readonly ca?: string }): Promise<Fetch> {
  if (ca === undefined) return fetch;
  const { authoritiesWith, fetchTrusting } = await import("../../runtime/http/trust.js");
  return fetchTrusting(await authoritiesWith(ca));
}
