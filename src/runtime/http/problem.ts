import type { Problem } from "../contracts/http/problem.js";
import { VoteError } from "../core/errors.js";
import { ProofRequired } from "./limits/proof-required.js";
import { quotaHeaders, TooManyRequests } from "./limits/too-many-requests.js";

/** The media type of every refusal (RFC 9457). */
const problemType = "application/problem+json";

/** Framework errors with their own code in the catalogue; any other 4xx is a bad request. */
const frameworkCodes: Readonly<Record<string, () => VoteError>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () =>
    new VoteError("body-too-large", "The body is larger than this address takes."),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => unsupportedMediaType(),
  FST_ERR_CTP_EMPTY_TYPE: () => unsupportedMediaType(),
  FST_ERR_CTP_INVALID_JSON_BODY: () => malformedJson(),
  FST_ERR_CTP_EMPTY_JSON_BODY: () => malformedJson(),
};

/** Returns the error for a body of another media type. */
export function unsupportedMediaType(expected?: string): VoteError {
  return new VoteError("unsupported-media-type", "The content type is missing or not supported.", {
    ...(expected === undefined ? {} : { hint: `Send it as Content-Type: ${expected}.` }),
  });
}

/** Returns the error for a body that is not JSON. */
export function malformedJson(): VoteError {
  return new VoteError("malformed-json", "The body is not valid JSON.");
}

/**
 * Converts anything that was thrown to what a client may read. An unexpected error hides its cause,
 * which belongs in the server's log and may hold what a client must not see.
 */
export function asVoteError(error: unknown): VoteError {
  if (error instanceof VoteError) return error;
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown };
  const known = typeof code === "string" ? frameworkCodes[code] : undefined;
  if (known !== undefined) return known();
  if (typeof statusCode === "number" && statusCode >= 400 && statusCode < 500) {
    return new VoteError("bad-request", "The request is not well-formed.", { cause: error });
  }
  return new VoteError("internal-error", "Something unexpected went wrong.", {
    hint: "The server's log says more.",
    cause: error,
  });
}

/** Tells whether the server's log must say more than the answer does. */
export function belongsInLog(refusal: VoteError): boolean {
  return refusal.status === 500 || refusal.isPrivate;
}

/** Returns the body of a refusal, without what only operators may read. */
export function problemBody(error: VoteError): string {
  const { code, title, status, publicMessage: detail } = error;
  const hint = error.isPrivate ? undefined : error.hint;
  const problem: Problem = { type: `urn:vote:error:${code}`, title, status, detail, code, hint };
  if (error instanceof ProofRequired) problem.challenge = error.challenge;
  return JSON.stringify(problem);
}

/** The header that keeps browsers from guessing another media type. */
export const noSniffing = { "x-content-type-options": "nosniff" } as const;

/** Returns the headers of a refusal: a 503 or 429 says when to retry, a 401 what is missing. */
export function problemHeaders(error: VoteError): Record<string, string> {
  const headers: Record<string, string> = {
    ...noSniffing,
    "content-type": problemType,
    "cache-control": "no-store",
  };
  if (error.status === 503) headers["retry-after"] = "1";
  if (error instanceof TooManyRequests) {
    headers["retry-after"] = String(error.retryAfterSeconds);
    Object.assign(headers, quotaHeaders(error.quota));
  }
  if (error.code === "missing-token") headers["www-authenticate"] = "Bearer";
  if (error.code === "invalid-token") {
    headers["www-authenticate"] = 'Bearer error="invalid_token"';
  }
  if (error.status === 403) {
    headers["www-authenticate"] = 'Bearer error="insufficient_scope"';
  }
  return headers;
}
