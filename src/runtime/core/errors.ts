/**
 * The closed list of expected failures, each with its HTTP status and its exit code.
 * docs/reference/errors.md explains them; test/architecture.test.ts keeps the two in step.
 */

interface ErrorKind {
  /** HTTP status when the error answers a request. */
  readonly status: number;
  /** Process exit code when the error ends a command. */
  readonly exitCode: number;
  /** Short summary that does not vary from one occurrence to the next (RFC 9457 `title`). */
  readonly title: string;
}

const kind = (status: number, exitCode: number, title: string): ErrorKind => ({
  status,
  exitCode,
  title,
});

export const errorCatalogue = {
  "unknown-election": kind(404, 2, "No election has this id"),
  "unknown-ballot": kind(404, 2, "No such ballot is decided here"),
  "unknown-candidate": kind(422, 2, "The election has no such candidate"),
  "election-not-open": kind(409, 2, "The election is not open yet"),
  "election-closed": kind(409, 2, "The election is closed"),
  "election-not-closed": kind(409, 2, "The election is not closed yet"),
  "election-exists": kind(409, 2, "An election with this id already exists"),
  "election-changed": kind(409, 1, "The election was changed by someone else at the same time"),
  "invalid-election": kind(422, 2, "The election is not well-formed"),
  "invalid-transition": kind(409, 2, "The election cannot change from its status to this one"),
  "malformed-json": kind(400, 2, "The body is not valid JSON"),
  "invalid-ballot": kind(422, 2, "The ballot is not well-formed"),
  "duplicate-ballot-id": kind(422, 2, "The ballot id appears twice in one batch"),
  "ballot-id-reused": kind(409, 2, "The ballot id was used with another choice"),
  "unsupported-media-type": kind(415, 2, "The content type is missing or not supported"),
  "body-too-large": kind(413, 2, "The body is larger than allowed"),
  "missing-token": kind(401, 2, "A bearer token is required"),
  "invalid-token": kind(401, 2, "The bearer token is not valid"),
  "insufficient-scope": kind(403, 2, "The bearer token does not allow this"),
  "token-for-another-election": kind(403, 2, "The bearer token is not for this election"),
  "proof-required": kind(403, 2, "The ballot needs a proof of work"),
  "gateway-suspended": kind(403, 2, "The election has suspended this gateway"),
  "not-eligible": kind(403, 2, "The bearer is not eligible to vote"),
  "issuer-unavailable": kind(503, 69, "The keys of the token's issuer cannot be had"),
  "not-found": kind(404, 2, "There is nothing at this address"),
  "method-not-allowed": kind(405, 2, "This address does not support this method"),
  "bad-request": kind(400, 2, "The request is not well-formed HTTP"),
  "request-timeout": kind(408, 69, "The request did not arrive in time"),
  "expectation-failed": kind(417, 2, "The request expects what this server does not do"),
  "too-many-requests": kind(429, 69, "Too many requests came in a short time"),
  overloaded: kind(503, 69, "Too many ballots are waiting to become durable"),
  "log-unavailable": kind(503, 69, "The log cannot make the ballot durable right now"),
  "ledger-unavailable": kind(503, 69, "The ledger cannot be reached"),
  "view-unavailable": kind(503, 69, "The view cannot be reached"),
  "clock-error": kind(503, 69, "The clock of this process is wrong"),
  "shutting-down": kind(503, 69, "This process is shutting down"),
  "not-running": kind(503, 69, "The system is not running"),
  "agent-busy": kind(409, 69, "The load agent is already busy with a run"),
  "agent-lost": kind(502, 69, "A load agent was lost during a run"),
  "dependency-missing": kind(500, 69, "A required program is not installed"),
  "generator-failed": kind(500, 1, "The load generator ended before its run did"),
  "internal-error": kind(500, 1, "Something unexpected went wrong"),
  "invalid-usage": kind(400, 2, "The command line is not valid"),
  "invalid-scenario": kind(400, 2, "The scenario is not valid"),
  "invalid-configuration": kind(400, 2, "The configuration is not valid"),
  "port-in-use": kind(500, 2, "The port is in use"),
  "not-voidable": kind(409, 2, "The record cannot be voided"),
  "untrusted-key": kind(503, 2, "The election does not trust this host's key"),
  "wrong-election-key": kind(503, 2, "The key on this host is not the election's key"),
  "key-destroyed": kind(409, 2, "The election's voter key was destroyed"),
  "corrupt-key-file": kind(500, 3, "A key file is damaged, or holds another key"),
  "leftover-evidence": kind(409, 2, "The log or the ledger holds ballots under this id already"),
  "data-directory-unusable": kind(500, 2, "The data directory cannot be used"),
  "data-directory-version": kind(500, 2, "The data directory was written by another version"),
  "data-directory-held": kind(500, 2, "The data directory is in use by another process"),
  "corrupt-frame": kind(500, 3, "A frame of the log is damaged"),
  "corrupt-log": kind(500, 3, "The log is not the one that the ledger was made from"),
  "corrupt-segment": kind(500, 3, "A segment of the ledger is damaged"),
  "corrupt-registry": kind(500, 3, "A record of the registry is damaged"),
  "partition-halted": kind(503, 3, "A partition is halted"),
  "corrupt-receipt": kind(500, 3, "A receipt is damaged or forged"),
  "corrupt-export": kind(500, 3, "An export of evidence is damaged"),
  "corrupt-backup": kind(500, 3, "A backup is damaged"),
  "corrupt-tlog": kind(500, 3, "A published transparency log is damaged or forged"),
  "recount-mismatch": kind(500, 3, "The recount does not agree"),
  "not-sealed": kind(409, 69, "Not every partition is sealed yet"),
  "threshold-breached": kind(500, 99, "A threshold was breached"),
  interrupted: kind(500, 130, "Interrupted"),
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorCatalogue;

interface VoteErrorOptions {
  /** What the reader can do about it, in one sentence. */
  readonly hint?: string | undefined;
  /** What strangers read instead of a message that names hosts, tables, roles or paths. */
  readonly publicMessage?: string;
  readonly cause?: unknown;
}

/** Says what went wrong, of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Says what went wrong, of anything that was thrown, in words that anybody may read. */
export function publicMessageOf(error: unknown): string {
  return error instanceof VoteError ? error.publicMessage : "Something unexpected went wrong.";
}

/** An expected failure: says what is wrong, where, and what to do. Never carries a voter id. */
export class VoteError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  /** The message, or what strangers read instead. */
  readonly publicMessage: string;

  /**
   * @param code   an entry of the catalogue
   * @param detail what is wrong and where, in one sentence
   */
  constructor(code: ErrorCode, detail: string, options: VoteErrorOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "VoteError";
    this.code = code;
    this.hint = options.hint;
    this.publicMessage = options.publicMessage ?? detail;
  }

  /** Whether the message and the hint are for operators alone. */
  get isPrivate(): boolean {
    return this.publicMessage !== this.message;
  }

  get status(): number {
    return errorCatalogue[this.code].status;
  }

  get exitCode(): number {
    return errorCatalogue[this.code].exitCode;
  }

  get title(): string {
    return errorCatalogue[this.code].title;
  }
}
