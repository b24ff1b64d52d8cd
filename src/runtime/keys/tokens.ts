import { createSigner } from "fast-jwt";

/** The `aud` of our own tokens. */
export const tokenAudience = "vote";
/** The claim that says which elections our own tokens are for. */
export const electionClaim = "election";
/** The `iss` of our own tokens, those that are signed with a secret. */
export const ownIssuer = "vote";

/**
 * `vote` allows a voter's own ballots; `gateway` allows batches, in which the gateway asserts the
 * voters; `admin` allows creating, opening and closing elections.
 */
export type TokenScope = "vote" | "gateway" | "admin";

export interface TokenRequest {
  readonly secret: Uint8Array;
  /** The voter, or the gateway's name. */
  readonly subject: string;
  readonly scope: TokenScope;
  /** Which elections it is for. Default: those alone that take tokens of any election. */
  readonly election?: string | readonly string[] | undefined;
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
  election,
  expiresInSeconds,
  nowMs,
}: Omit<TokenRequest, "subject">): (subject: string) => string {
  const iat = Math.floor(nowMs / 1000);
  const sign = createSigner({ key: Buffer.from(secret), algorithm: "HS256" });
  const times = { iat, exp: iat + expiresInSeconds };
  const named = election === undefined ? {} : { [electionClaim]: election };
  const claims = { iss: ownIssuer, scope, aud: tokenAudience, ...named, ...times };
  return (subject) => sign({ sub: subject, ...claims });
}
