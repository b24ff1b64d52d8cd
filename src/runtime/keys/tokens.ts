import { type Algorithm, createSigner, createVerifier, TokenError } from "fast-jwt";
import { VoteError } from "../core/errors.js";
import { type JsonWebKeySet, publicKeysOf, readJwks } from "./jwks.js";
import { type KeyDirectory, readTokenSecret } from "./key-directory.js";
import { requireVoterId } from "./voter-id.js";

/** The `aud` that every token must have. */
export const tokenAudience = "vote";

/**
 * `vote` allows a voter's own ballots; `gateway` allows batches, in which the gateway asserts the
 * voters; `admin` allows creating, opening and closing elections.
 */
export type TokenScope = "vote" | "gateway" | "admin";

export interface TokenVerifierOptions {
  /** For HS256. */
  readonly secret?: Uint8Array;
  /** Public keys for RS256, ES256 and EdDSA, found by the token's `kid`. */
  readonly jwks?: JsonWebKeySet;
}

export interface TokenVerifier {
  /**
   * @param authorization the Authorization header
   * @returns the token's subject
   * @throws VoteError `missing-token`, `invalid-token` or `insufficient-scope`
   */
  verify(authorization: string | undefined, scope: TokenScope): string;
}

interface Claims {
  readonly sub?: unknown;
  readonly exp?: unknown;
  readonly iat?: unknown;
  readonly scope?: unknown;
}
type Verify = (token: string) => Claims;

/**
 * Creates a verifier of bearer tokens that trusts only the given keys: each key allows the one
 * algorithm of its type, whatever the token's header says, and `jku`, `x5u` and `jwk` are ignored.
 * `aud` must be "vote", and `exp` is required. There is no cache: each token is verified each time.
 *
 * @throws VoteError `invalid-usage` for a key that cannot be used
 */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const { secret, jwks } = options;
  const bySecret = secret === undefined ? undefined : verifierFor(Buffer.from(secret), "HS256");
  const byKey =
    jwks === undefined
      ? undefined
      : new Map(publicKeysOf(jwks).map((key) => [key.kid, verifierFor(key.pem, key.algorithm)]));
  const find = (token: string): Verify | undefined => {
    if (byKey === undefined) return bySecret;
    const { alg, kid } = headerOf(token);
    if (alg === "HS256") return bySecret;
    if (kid === undefined) return byKey.size === 1 ? [...byKey.values()][0] : undefined;
    return typeof kid === "string" ? byKey.get(kid) : undefined;
  };
  return {
    verify(authorization, scope) {
      const token = bearerToken(authorization);
      const claims = checkedClaims(find(token), token);
      requireScope(claims.scope, scope);
      requireTimes(claims);
      if (typeof claims.sub !== "string") throw invalidToken("The claim sub is missing.");
      if (/\p{Cc}/u.test(claims.sub)) throw invalidToken("The claim sub has control characters.");
      return requireVoterId(claims.sub, () => invalidToken("The claim sub is not a voter id."));
    },
  };
}

export interface TokenFiles {
  /** HS256 secret, as `readTokenSecret` reads it. */
  readonly secretFile?: string;
  /** Public keys as a JSON Web Key Set. */
  readonly jwksFile?: string;
}

/**
 * Opens a verifier with the keys in the named files. If no file is named, it uses the key
 * directory's own secret: an operator with real keys must not accept development tokens.
 *
 * @throws VoteError `invalid-usage` for a file that cannot be used
 */
export async function openTokenVerifier(
  keys: KeyDirectory,
  { secretFile, jwksFile }: TokenFiles = {},
): Promise<TokenVerifier> {
  const ownSecret = secretFile === undefined && jwksFile === undefined;
  const secret = ownSecret ? await keys.tokenSecret() : undefined;
  return createTokenVerifier({
    secret: secretFile === undefined ? secret : await readTokenSecret(secretFile),
    jwks: jwksFile === undefined ? undefined : await readJwks(jwksFile),
  });
}

function bearerToken(authorization: string | undefined): string {
  if (authorization?.slice(0, 7).toLowerCase() === "bearer ") return authorization.slice(7).trim();
  throw new VoteError("missing-token", "The request carries no bearer token.", {
    hint: "Send it as Authorization: Bearer TOKEN.",
  });
}

function checkedClaims(verify: Verify | undefined, token: string): Claims {
  if (verify === undefined) throw invalidToken("No key here verifies this token.");
  try {
    return verify(token);
  } catch (error) {
    throw invalidToken(reasonOf(error));
  }
}

function requireScope(granted: unknown, wanted: TokenScope): void {
  if (granted === wanted) return;
  if (typeof granted === "string" && granted.split(" ").includes(wanted)) return;
  throw new VoteError("insufficient-scope", `The token's scope does not include "${wanted}".`);
}

/** The end of the year 9999, in seconds. No honest token is valid for longer. */
const latestTime = 253_402_300_799;

/** The library accepts any number as `exp`, even infinity, and any `iat`. */
function requireTimes({ exp, iat }: Claims): void {
  for (const [name, time] of [
    ["exp", exp],
    ["iat", iat === undefined ? 0 : iat],
  ]) {
    if (typeof time === "number" && time >= 0 && time <= latestTime) continue;
    throw invalidToken(`The claim ${name} is not a time in seconds.`);
  }
}

function invalidToken(detail: string): VoteError {
  return new VoteError("invalid-token", detail, { hint: "Get a new token from its issuer." });
}

/** Uses our own words, because the library's messages may quote the token. */
function reasonOf(error: unknown): string {
  if (!(error instanceof TokenError)) return "The token is not valid.";
  switch (error.code) {
    case TokenError.codes.expired:
      return "The token has expired.";
    case TokenError.codes.inactive:
      return "The token is not valid yet.";
    case TokenError.codes.invalidSignature:
    case TokenError.codes.missingSignature:
    case TokenError.codes.verifyError:
      return "The token's signature is not valid.";
    case TokenError.codes.invalidAlgorithm:
      return "The token's algorithm is not allowed.";
    case TokenError.codes.missingRequiredClaim:
      return "The claims aud, exp and sub are required.";
    case TokenError.codes.invalidClaimType:
    case TokenError.codes.invalidClaimValue:
      return "The token is not for this system.";
    default:
      return "The token is malformed.";
  }
}

function verifierFor(key: string | Buffer, algorithm: Algorithm): Verify {
  return createVerifier({
    key,
    algorithms: [algorithm],
    allowedAud: tokenAudience,
    requiredClaims: ["aud", "exp", "sub"],
    cache: false,
  });
}

function headerOf(token: string): { readonly alg?: unknown; readonly kid?: unknown } {
  try {
    const header: unknown = JSON.parse(
      Buffer.from(token.slice(0, token.indexOf(".")), "base64url").toString("utf8"),
    );
    return typeof header === "object" && header !== null ? header : {};
  } catch {
    throw invalidToken("The token is malformed.");
  }
}

export interface TokenRequest {
  readonly secret: Uint8Array;
  /** The voter, or the gateway's name. */
  readonly subject: string;
  readonly scope: TokenScope;
  readonly expiresInSeconds: number;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

/** Issues a token for development and load (HS256). Real ones come from an identity provider. */
export function issueToken({ subject, ...common }: TokenRequest): string {
  return tokenIssuer(common)(subject);
}

/** Issues such tokens to many subjects. */
export function tokenIssuer({
  secret,
  scope,
  expiresInSeconds,
  nowMs,
}: Omit<TokenRequest, "subject">): (subject: string) => string {
  const issuedAt = Math.floor(nowMs / 1000);
  const sign = createSigner({ key: Buffer.from(secret), algorithm: "HS256" });
  const claims = { scope, aud: tokenAudience, iat: issuedAt, exp: issuedAt + expiresInSeconds };
  return (subject) => sign({ sub: subject, ...claims });
}
