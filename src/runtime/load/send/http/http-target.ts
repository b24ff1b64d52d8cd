import { randomBytes } from "node:crypto";
import { VoteError } from "../../../core/errors.js";
import type { KeyDirectory } from "../../../keys/key-directory.js";
import { issueToken } from "../../../keys/tokens.js";

/** Where HTTP streams send to, and with whose tokens. */
export interface HttpTarget {
  /** The ingest's address, on this machine unless `owned`. */
  readonly url: string;
  /** The user has declared the target theirs, so it may be anywhere. */
  readonly owned?: boolean;
  /** Certificates of the authorities that an https:// target's is from. Default: Node's. */
  readonly ca?: readonly string[] | undefined;
  /** A bearer token with which this voter may vote. */
  readonly voterToken: (voterId: string) => string;
  /** A bearer token that must be refused: expired, or signed with another secret. */
  readonly forgedToken: (voterId: string, kind: "expired-token" | "foreign-token") => string;
  /** A bearer token for batches. */
  readonly gatewayToken: () => string;
}

/** A token is made when its ballot is due, so this outlasts its use. */
const tokenSeconds = 3_600;

/**
 * A target whose tokens are signed with the key directory's secret.
 *
 * @param election the one that they are for
 * @param wallClock milliseconds since the epoch, for the tokens' expiry
 */
export async function signedTarget(
  keys: Pick<KeyDirectory, "tokenSecret">,
  { url, owned = false, ca }: Pick<HttpTarget, "url" | "owned" | "ca">,
  election: string,
  wallClock: () => number,
): Promise<HttpTarget> {
  const secret = await keys.tokenSecret();
  const issue = (subject: string, scope: "vote" | "gateway", changes: object = {}) => {
    const times = { expiresInSeconds: tokenSeconds, nowMs: wallClock() };
    return issueToken({ secret, subject, scope, election, ...times, ...changes });
  };
  const foreignSecret = randomBytes(secret.length);
  return {
    url,
    owned,
    ca,
    voterToken: (voterId) => issue(voterId, "vote"),
    forgedToken: (voterId, kind) =>
      kind === "expired-token"
        ? issue(voterId, "vote", { expiresInSeconds: -tokenSeconds })
        : issue(voterId, "vote", { secret: foreignSecret }),
    gatewayToken: () => issue("load", "gateway"),
  };
}

/** The voter ids of a stream over HTTP are this, a hyphen and the voter's index. */
export function voterPrefixOf(seed: number, stream: string): string {
  return `load-${seed}-${stream}`;
}

/** Where to connect to. */
export interface HttpAddress {
  readonly host: string;
  readonly port: number;
  /** For the Host header. */
  readonly authority: string;
  /** For https://. */
  readonly tls?: { readonly ca?: readonly string[] | undefined };
}

/**
 * Parses a target's address. Only an owned target may be another machine: a load generator that can
 * be pointed anywhere is a weapon.
 *
 * @throws VoteError `invalid-usage` for anything but http:// and https://, or another machine
 */
export function targetAddress({
  url,
  owned = false,
  ca,
}: Pick<HttpTarget, "url" | "owned" | "ca">): HttpAddress {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const isSecure = parsed?.protocol === "https:";
  if (parsed === undefined || !(isSecure || parsed.protocol === "http:")) {
    const detail = `${url.slice(0, 80)} is not an http:// or https:// address.`;
    throw new VoteError("invalid-usage", detail, { hint: "It looks like http://127.0.0.1:PORT." });
  }
  const host = parsed.hostname.replace(/^\[|\]$/g, "");
  if (!owned) requireLoopback(host);
  const port = Number(parsed.port || (isSecure ? 443 : 80));
  return { host, port, authority: parsed.host, ...(isSecure ? { tls: { ca } } : {}) };
}

/**
 * @param host a name or address, IPv6 without brackets
 * @throws VoteError `invalid-usage` for any host but this machine
 */
export function requireLoopback(host: string): void {
  if (host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host)) return;
  throw new VoteError("invalid-usage", `${host.slice(0, 80)} is not this machine.`, {
    hint: "Load goes to loopback addresses: elsewhere only with --i-own-this-target.",
  });
}
