import { invalidToken } from "./refusals.js";

/** What decides which key verifies a token. */
export interface TokenHeader {
  readonly alg: string;
  readonly kid: string | undefined;
}

/** Headers repeat: each key of an issuer has one. */
const maxKept = 256;
const maxKeptCharacters = 512;
/** RFC 9068 names access tokens `at+jwt`. Logout tokens, DPoP proofs and the like are no access. */
const allowedTypes = /^(application\/)?(at\+)?jwt$/i;

/** Reads the headers of tokens, each only once. */
export class TokenHeaders {
  readonly #kept = new Map<string, TokenHeader>();

  /** @throws VoteError `invalid-token` for one that no token of ours can have */
  read(token: string): TokenHeader {
    const text = token.slice(0, token.indexOf("."));
    const kept = this.#kept.get(text);
    if (kept !== undefined) return kept;
    const header = parseHeader(text);
    // Full of a stranger's headers: start again.
    if (this.#kept.size >= maxKept) this.#kept.clear();
    if (text.length <= maxKeptCharacters) this.#kept.set(text, header);
    return header;
  }
}

function parseHeader(text: string): TokenHeader {
  const { alg, kid, typ, crit } = jsonOf(text);
  if (typeof alg !== "string") throw invalidToken("The token's algorithm is not allowed.");
  if (kid !== undefined && typeof kid !== "string") {
    throw invalidToken("No key here verifies this token.");
  }
  if (typ !== undefined && (typeof typ !== "string" || !allowedTypes.test(typ))) {
    throw invalidToken("The token is of another type: its typ must be JWT or at+jwt.");
  }
  if (crit !== undefined) throw invalidToken("The token has critical extensions (crit).");
  return { alg, kid };
}

function jsonOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const header: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    if (typeof header === "object" && header !== null && !Array.isArray(header)) {
      return header as Record<string, unknown>;
    }
  } catch {
    // Said below.
  }
  throw invalidToken("The token is malformed.");
}
