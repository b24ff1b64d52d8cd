import { VoteError } from "../core/errors.js";

/** Why a call failed; only "passing" and "throttled" are worth another attempt. */
export type Failure = "passing" | "throttled" | "missing" | "denied" | "wrong";

const throttling = new Set([
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "ThrottlingException",
  "LimitExceededException",
]);

/** Transient although their status is 400. */
const passing = new Set([
  "TransactionConflictException",
  "TransactionInProgressException",
  "ContinuousBackupsUnavailableException",
  "RequestTimeTooSkewed",
]);

const denied = new Set([
  "AccessDeniedException",
  "CredentialsProviderError",
  "ExpiredTokenException",
  "IncompleteSignatureException",
  "InvalidSignatureException",
  "MissingAuthenticationTokenException",
  "TokenProviderError",
  "UnrecognizedClientException",
]);

/** Whether a condition of a write did not hold. */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === "ConditionalCheckFailedException") return true;
  return reasonsOf(error).includes("ConditionalCheckFailed");
}

/** Why each write of a transaction was not made; empty for any other error. */
function reasonsOf(error: Error): string[] {
  if (!("CancellationReasons" in error)) return [];
  const reasons = error.CancellationReasons as readonly { readonly Code?: string }[] | undefined;
  return (reasons ?? []).map(({ Code = "None" }) => Code);
}

/** Reasons for which a transaction is worth another attempt. */
const passingReasons: Readonly<Record<string, Failure>> = {
  TransactionConflict: "passing",
  ThrottlingError: "throttled",
  ProvisionedThroughputExceeded: "throttled",
};

/** Classifies an error of the SDK by its name, or else by the HTTP status. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return "wrong";
  for (const reason of reasonsOf(error)) {
    if (reason in passingReasons) return passingReasons[reason];
  }
  if (throttling.has(error.name)) return "throttled";
  if (passing.has(error.name)) return "passing";
  if (denied.has(error.name)) return "denied";
  if (error.name === "ResourceNotFoundException") return "missing";
  const status = statusOf(error);
  if (status === 429) return "throttled";
  // Without a status there was no answer: refused, reset, timed out, or unresolved.
  return status === undefined || status >= 500 ? "passing" : "wrong";
}

function statusOf(error: Error): number | undefined {
  if (!("$metadata" in error)) return undefined;
  return (error.$metadata as { httpStatusCode?: number } | undefined)?.httpStatusCode;
}

/** Whether a failed call may succeed when it is made again. */
export function mayPass(error: unknown): boolean {
  const failure = failureOf(error);
  return failure === "passing" || failure === "throttled";
}

const hints: Readonly<Record<Failure, string | undefined>> = {
  passing: "Check that the endpoint is right and answers; votes wait in the log meanwhile.",
  throttled: "Raise the table's limits, or spread the election over more partitions.",
  missing: "Create the tables with `vote services init`.",
  denied: "Check the credentials and the role's policy (compose/dynamodb).",
  wrong: undefined,
};

/**
 * Makes the error that callers get. @param what the call and its table, such as "PutItem on
 * vote-segments"
 */
export function storeError(what: string, cause: unknown): VoteError {
  const failure = failureOf(cause);
  const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  const code = failure === "wrong" ? "internal-error" : "ledger-unavailable";
  const hint = hints[failure];
  return new VoteError(code, `${what} failed. ${reason}`, {
    publicMessage:
      code === "internal-error" ? "The ledger refused." : "The ledger does not answer.",
    cause,
    ...(hint === undefined ? {} : { hint }),
  });
}
