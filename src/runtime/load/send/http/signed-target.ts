import { randomBytes } from "node:crypto";
import type { KeyDirectory } from "../../../keys/key-directory.js";
import { issueToken } from "../../../keys/tokens.js";
import type { HttpTarget } from "./http-target.js";

/** Longer than any run: a token is made when its ballot is due. */
const tokenSeconds = 3_600;

/**
 * An ingest to send to, with tokens signed by the key directory's own secret.
 *
 * @param owned the target may be another machine
 */
export async function signedTarget(
  keys: KeyDirectory,
  { url, owned = false }: Pick<HttpTarget, "url" | "owned">,
  wallClock: () => number,
): Promise<HttpTarget> {
  const secret = await keys.tokenSecret();
  const issue = (subject: string, scope: "vote" | "gateway", changes: object = {}) => {
    const token = { secret, subject, scope, expiresInSeconds: tokenSeconds, nowMs: wallClock() };
    return issueToken({ ...token, ...changes });
  };
  const foreignSecret = randomBytes(secret.length);
  return {
    url,
    owned,
    voterToken: (voterId) => issue(voterId, "vote"),
    forgedToken: (voterId, kind) =>
      kind === "expired-token"
        ? issue(voterId, "vote", { expiresInSeconds: -tokenSeconds })
        : issue(voterId, "vote", { secret: foreignSecret }),
    gatewayToken: () => issue("load", "gateway"),
  };
}
