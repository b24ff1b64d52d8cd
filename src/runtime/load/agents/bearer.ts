import { createHash, timingSafeEqual } from "node:crypto";
import { VoteError } from "../../core/errors.js";

const minTokenLength = 16;

/** The shared secret. @throws VoteError `invalid-configuration` if it is missing or too short */
export function requireAgentToken(token: string | undefined): string {
  const hint = "Make one: `openssl rand -hex 32`. Set VOTE_AGENT_TOKEN_FILE or VOTE_AGENT_TOKEN.";
  if (token === undefined) {
    throw new VoteError("invalid-configuration", "Agents need a shared secret.", { hint });
  }
  if (token.length < minTokenLength) {
    const detail = `The agents' shared secret has fewer than ${minTokenLength} characters.`;
    throw new VoteError("invalid-configuration", detail, { hint });
  }
  return token;
}

/**
 * A check of Authorization headers against one shared secret, in constant time.
 *
 * @throws VoteError (the check) `missing-token` or `invalid-token`
 */
export function bearerCheck(token: string): (authorization: string | undefined) => void {
  const wanted = digest(`Bearer ${token}`);
  return (authorization) => {
    const hint = "Agents and coordinator share VOTE_AGENT_TOKEN or VOTE_AGENT_TOKEN_FILE.";
    if (authorization === undefined) {
      throw new VoteError("missing-token", "An agent takes orders only with its token.", { hint });
    }
    if (!timingSafeEqual(digest(authorization), wanted)) {
      throw new VoteError("invalid-token", "This is not the agent's token.", { hint });
    }
  };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
