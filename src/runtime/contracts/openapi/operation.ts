import type { ErrorCode } from "../../core/errors.js";
import type { BodyName } from "../bodies.js";

/** An answer that is no refusal. */
export interface Answer {
  readonly description: string;
  /** Its body as JSON; without `body` and `type` it has none. */
  readonly body?: BodyName | readonly BodyName[];
  /** The media type of a body that is not JSON. */
  readonly type?: string;
  /** What its headers say, by their name. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A query parameter or a header that changes the answer. */
export interface Parameter {
  readonly in: "query" | "header";
  readonly name: string;
  readonly description: string;
  /** The only values; default: any text. */
  readonly values?: readonly string[];
  readonly pattern?: string;
  readonly required?: true;
}

/** One method of one address: all that it takes and answers. */
export interface Operation {
  readonly summary: string;
  /** The scope that the bearer token must have; none for what is public. */
  readonly scope?: "vote" | "gateway" | "admin";
  readonly parameters?: readonly Parameter[];
  /** The JSON that it takes. */
  readonly request?: BodyName;
  /** The request's media type, if each of its lines is such JSON. */
  readonly lines?: string;
  /** By status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Which errors it refuses with, besides those that any request may meet. */
  readonly refusals: readonly ErrorCode[];
  /** A person's browser gets its refusals as a page. */
  readonly isPage?: boolean;
}

/** By method and address: `GET /v1/elections/{id}`. */
export type Operations = Readonly<Record<string, Operation>>;

/** Refusals of what reads the registry. */
export const registryRefusals = ["ledger-unavailable", "corrupt-registry"] as const;

/** Refusals of what wants a token. */
export const tokenRefusals = [
  "missing-token",
  "invalid-token",
  "insufficient-scope",
  "issuer-unavailable",
] as const;
