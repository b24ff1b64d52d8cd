import { createDecoder } from "fast-jwt";
import type { IssuerState } from "../../contracts/http/status.js";
import { isGatewayName } from "../../core/abuse/gateways.js";
import { VoteError } from "../../core/errors.js";
import { systemClock } from "../../time/clock.js";
import { ownIssuer, type TokenScope } from "../tokens.js";
import { requireVoterId } from "../voter-id.js";
import { type Issuer, ourselves } from "./issuer.js";
import { type Claims, type KeySource, type Verify, verifierBy } from "./key-ring.js";
import { invalidToken, reasonOf } from "./refusals.js";
import {
  requireEligible,
  requireParties,
  requireScope,
  requireTimes,
  subjectOf,
} from "./token-claims.js";
import { TokenHeaders } from "./token-header.js";

/** An issuer, and the keys that its signatures are verified with. */
export interface TrustedIssuer extends Issuer {
  readonly keys: KeySource;
}

export interface TokenVerifierOptions {
  /** Verifies our own tokens (HS256). Default: there are none. */
  readonly secret?: Uint8Array;
  /** Verify with public keys, each with its own. */
  readonly issuers?: readonly TrustedIssuer[];
  /** Milliseconds since the epoch. */
  readonly wallClock?: () => number;
}

/** Whom a token speaks of, once it is verified. */
export interface Bearer {
  /** The issuer's own name for them. */
  readonly subject: string;
  readonly issuer: Issuer;
  readonly claims: Claims;
}

export interface TokenVerifier {
  /**
   * @param authorization the Authorization header
   * @throws VoteError `missing-token`, `invalid-token`, `insufficient-scope`, `not-eligible`, or
   *   `issuer-unavailable`
   */
  verify(authorization: string | undefined, scope: TokenScope): Bearer;
  /** @throws VoteError `issuer-unavailable` if no token at all can be verified */
  requireReady(): void;
  /** How many keys each issuer has, and how old they are. */
  issuers(): IssuerState[];
}

/** Many more than any honest token has; most servers take no longer header. */
const maxTokenCharacters = 8_192;

/**
 * Creates a verifier of bearer tokens that trusts only the given keys, as RFC 8725 says: a token's
 * `iss` decides whose key it needs, its `kid` which of them, and each key allows one algorithm,
 * whatever the header says; `jku`, `x5u` and `jwk` are ignored. There is no cache of tokens: each
 * is verified each time.
 */
export function createTokenVerifier({
  secret,
  issuers = [],
  wallClock = systemClock.wallClock,
}: TokenVerifierOptions): TokenVerifier {
  const own = secret === undefined ? undefined : { ...ourselves, keys: secretKey(secret) };
  const byName = new Map(issuers.map((issuer) => [issuer.issuer, issuer]));
  const headers = new TokenHeaders();
  return {
    verify(authorization, scope) {
      const token = bearerToken(authorization);
      if (token.length > maxTokenCharacters) throw invalidToken("The token is too long.");
      const { alg, kid } = headers.read(token);
      const issuer = alg === "HS256" ? own : byName.get(issuerIn(token));
      if (issuer === undefined) throw invalidToken("No issuer of this token is known here.");
      const claims = checkedClaims(issuer.keys.find(kid), token);
      requireParties(claims, issuer);
      requireTimes(claims, wallClock());
      requireScope(claims, scope, issuer);
      if (scope === "vote") requireEligible(claims, issuer);
      const subject = subjectOf(claims, scope === "vote" ? issuer.voterClaim : "sub");
      const bearer = { subject, issuer, claims };
      if (scope === "gateway" && !isGatewayName(nameOf(bearer))) throw invalidGateway();
      return bearer;
    },
    requireReady() {
      if (own !== undefined || issuers.some(({ keys }) => keys.usable)) return;
      throw new VoteError("issuer-unavailable", "There are no keys of any issuer.", {
        hint: "Check that this host reaches the issuers that it is to believe.",
      });
    },
    issuers: () =>
      issuers.map(({ issuer, keys }) => ({ issuer, keys: keys.size, ageMs: keys.ageMs })),
  };
}

/**
 * The voter as a voter tag is made of it (docs/formats.md): with the issuer, because equal subjects
 * of two issuers are two voters. Our own tokens name voters as gateways do.
 *
 * @throws VoteError `invalid-token` if the two are too long together
 */
export function voterOf({ issuer: { issuer }, subject }: Bearer): string {
  if (issuer === ownIssuer) return subject;
  return requireVoterId(`${issuer}\u001f${subject}`, () =>
    invalidToken("Issuer and voter have more than 255 bytes together."),
  );
}

/** Whom a token speaks of, for people. */
export function nameOf({ issuer: { issuer }, subject }: Bearer): string {
  return issuer === ownIssuer ? subject : `${subject} (${issuer})`;
}

/** An election could not suspend it: nobody could write its name, or see which one it is. */
function invalidGateway(): VoteError {
  return invalidToken("The claim sub, or its issuer, is no name that a gateway can have.");
}

function bearerToken(authorization: string | undefined): string {
  if (authorization?.slice(0, 7).toLowerCase() === "bearer ") return authorization.slice(7).trim();
  throw new VoteError("missing-token", "The request carries no bearer token.", {
    hint: "Send it as Authorization: Bearer TOKEN.",
  });
}

function secretKey(secret: Uint8Array): KeySource {
  const verify = verifierBy(Buffer.from(secret), "HS256");
  return { find: () => verify, usable: true, size: 1, ageMs: null };
}

const decode = createDecoder();

/** What the token itself says, before anything is proven: it only chooses the keys. */
function issuerIn(token: string): string {
  try {
    const { iss } = decode(token) as Claims;
    if (typeof iss === "string") return iss;
  } catch (error) {
    throw invalidToken(reasonOf(error));
  }
  throw invalidToken("The claim iss is missing.");
}

function checkedClaims(verify: Verify | undefined, token: string): Claims {
  if (verify === undefined) throw invalidToken("No key here verifies this token.");
  try {
    return verify(token);
  } catch (error) {
    throw invalidToken(reasonOf(error));
  }
}
