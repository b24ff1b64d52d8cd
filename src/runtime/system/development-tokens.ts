import { issueToken } from "../keys/tokens.js";
import type { Engine } from "../wiring.js";

export interface DevelopmentTokens {
  /** For the ballot of the voter `dev-voter`. */
  readonly voter: string;
  /** For batches on behalf of any voter: scope `gateway`. */
  readonly gateway: string;
  /** For opening and closing elections: scope `admin`. */
  readonly admin: string;
  /** For more voters, to vote in a browser. */
  readonly voters: readonly { readonly voter: string; readonly token: string }[];
}

const aWeekSeconds = 7 * 86_400;

/** Issues tokens for development, signed with the data directory's own secret. */
export async function developmentTokens(
  engine: Pick<Engine, "keys">,
  nowMs: number,
): Promise<DevelopmentTokens> {
  const secret = await engine.keys.tokenSecret();
  const common = { secret, expiresInSeconds: aWeekSeconds, nowMs };
  const tokenOf = (subject: string) => issueToken({ ...common, subject, scope: "vote" });
  return {
    voter: tokenOf("dev-voter"),
    gateway: issueToken({ ...common, subject: "dev-gateway", scope: "gateway" }),
    admin: issueToken({ ...common, subject: "dev-admin", scope: "admin" }),
    voters: ["voter-1", "voter-2", "voter-3"].map((voter) => ({ voter, token: tokenOf(voter) })),
  };
}
