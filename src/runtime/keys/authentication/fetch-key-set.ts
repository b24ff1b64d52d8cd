import { messageOf, VoteError } from "../../core/errors.js";
import type { Fetch } from "../../http/trust.js";
import { isKeySet, type JsonWebKeySet } from "./jwks.js";

export interface KeySetAddress {
  readonly issuer: string;
  /** Default: what the issuer's discovery document says (OpenID Connect Discovery 1.0). */
  readonly jwksUrl?: string | undefined;
}

/** Real ones have a few thousand bytes. */
const maxBytes = 256 * 1_024;
const timeoutMs = 5_000;

/**
 * Fetches an issuer's key set: over HTTPS, or from this machine, without following redirects.
 *
 * @throws VoteError `issuer-unavailable` with what is wrong, and where
 */
export async function fetchKeySet(
  { issuer, jwksUrl }: KeySetAddress,
  fetch: Fetch,
): Promise<JsonWebKeySet> {
  const signal = AbortSignal.timeout(timeoutMs);
  const url = jwksUrl ?? (await discoveredUrl(issuer, fetch, signal));
  const content = await fetchJson(url, fetch, signal);
  if (isKeySet(content)) return content;
  throw unavailable(`${url} is not a key set`);
}

async function discoveredUrl(issuer: string, fetch: Fetch, signal: AbortSignal): Promise<string> {
  const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const document = (await fetchJson(url, fetch, signal)) as {
    readonly issuer?: unknown;
    readonly jwks_uri?: unknown;
  } | null;
  if (document?.issuer !== issuer) throw unavailable(`${url} names another issuer`);
  if (typeof document.jwks_uri === "string") return document.jwks_uri;
  throw unavailable(`${url} names no jwks_uri`);
}

async function fetchJson(url: string, fetch: Fetch, signal: AbortSignal): Promise<unknown> {
  if (!isSafe(url)) throw unavailable(`${url.slice(0, 200)} is not an https:// address`);
  try {
    const answer = await fetch(url, {
      redirect: "error",
      headers: { accept: "application/json" },
      signal,
    });
    if (answer.status !== 200) {
      await answer.body?.cancel();
      throw new Error(`it answers ${answer.status}`);
    }
    return JSON.parse(await boundedText(answer));
  } catch (cause) {
    const why = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause;
    throw unavailable(`${url}: ${messageOf(why).slice(0, 200)}`, cause);
  }
}

async function boundedText({ body }: Response): Promise<string> {
  const reader = body?.getReader();
  const chunks: Uint8Array[] = [];
  for (let bytes = 0; reader !== undefined; ) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.length;
    if (bytes > maxBytes) {
      // Ends the connection.
      await reader.cancel();
      throw new Error(`it has more than ${maxBytes / 1_024} KiB`);
    }
    chunks.push(value);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Whether nobody on the way can change what comes from there. */
export function isSafe(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.username !== "" || url.password !== "") return false;
  if (url.protocol === "https:") return true;
  return url.protocol === "http:" && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
}

function unavailable(what: string, cause?: unknown): VoteError {
  return new VoteError("issuer-unavailable", `The issuer's keys cannot be had: ${what}.`, {
    publicMessage: "The keys of the token's issuer cannot be had at the moment.",
    cause,
  });
}
