import { TokenError } from "fast-jwt";
import { VoteError } from "../../core/errors.js";

/** The error for a token that proves nothing. */
export function invalidToken(detail: string): VoteError {
  return new VoteError("invalid-token", detail, { hint: "Get a new token from its issuer." });
}

/** Says why in our own words, because the library's messages may quote the token. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof TokenError)) return "The token is not valid.";
  switch (error.code) {
    case TokenError.codes.invalidSignature:
    case TokenError.codes.missingSignature:
    case TokenError.codes.verifyError:
      return "The token's signature is not valid.";
    case TokenError.codes.invalidAlgorithm:
      return "The token's algorithm is not allowed.";
    default:
      return "The token is malformed.";
  }
}
