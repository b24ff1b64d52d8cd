import { VoteError } from "../../core/errors.js";
import { electionClaim, ownIssuer, type TokenScope, tokenAudience } from "../tokens.js";

/** What a claim must be, or one of what it must hold if it is a list. */
type ClaimValue = string | number | boolean;

/** Whom we believe, and how far. */
export interface Issuer {
  /** The tokens' `iss`, character for character. */
  readonly issuer: string;
  /** One of the tokens' `aud`. */
  readonly audience: string;
  /** The claim that names the voter. */
  readonly voterClaim: string;
  /** The claim that names the elections that a token is for: a text, or a list. */
  readonly electionClaim: string;
  /** What it may allow; its tokens' other scopes count for nothing. */
  readonly scopes: readonly TokenScope[];
  /** Who may vote: those whose token has each of these claims. */
  readonly require: Readonly<Record<string, ClaimValue>>;
}

/** The issuer of our own tokens, which are signed with a secret. */
export const ourselves: Issuer = {
  issuer: ownIssuer,
  audience: tokenAudience,
  voterClaim: "sub",
  electionClaim,
  scopes: ["vote", "gateway", "admin"],
  require: {},
};

/**
 * Fills in what an issuer's configuration leaves out.
 *
 * @throws VoteError `invalid-configuration` for a name that cannot be part of a voter's identity
 */
export function issuerOf({
  issuer,
  audience = tokenAudience,
  voterClaim = "sub",
  electionClaim: claim = electionClaim,
  scopes = ["vote"],
  require = {},
}: Partial<Issuer> & Pick<Issuer, "issuer">): Issuer {
  if (issuer !== "" && issuer !== ownIssuer && !/[\p{Cc}\p{Surrogate}]/u.test(issuer)) {
    return { issuer, audience, voterClaim, electionClaim: claim, scopes, require };
  }
  throw new VoteError("invalid-configuration", "An issuer's name is not one.", {
    hint: `It is the iss of its tokens, as https://id.example; "${ownIssuer}" is ourselves.`,
  });
}
