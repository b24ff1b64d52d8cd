import { issueToken } from "../keys/tokens.js";
import type { Engine } from "../wiring.js";

export interface DevelopmentTokens {
  /** Votes as the voter `dev-voter`. */
  readonly voter: string;
  /** Sends batches on behalf of any voter: the scope `gateway`. */
  readonly admin: string;
}

const aWeekSeconds = 7 * 86_400;

/** Tokens to try things out with, signed by the data directory's own secret. */
export async function developmentTokens(
  engine: Pick<Engine, "keys">,
  nowMs: number,
): Promise<DevelopmentTokens> {
  const secret = await engine.keys.tokenSecret();
  const common = { secret, expiresInSeconds: aWeekSeconds, nowMs };
  return {
    voter: issueToken({ ...common, subject: "dev-voter", scope: "vote" }),
    admin: issueToken({ ...common, subject: "dev-admin", scope: "gateway" }),
  };
}
