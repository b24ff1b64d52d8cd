/** A parsed request for an event stream. */
export interface EventRequest {
  readonly election: string;
  /** `Last-Event-ID`, or else the query's `lastEventId`. */
  readonly lastEventId: string | undefined;
}

const requestLine = /^GET \/v1\/elections\/([a-z0-9-]+)\/events(?:\?([!-~]*))? HTTP\/1\.[01]$/;
/** A header line (RFC 9110 5.6.2 and 5.5), without the obsolete forms. */
const headerLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([ -~\t]*?)[ \t]*$/;
/** Requests with these headers may have a body or want another protocol. */
const notPlain = new Set([
  "content-length",
  "transfer-encoding",
  "upgrade",
  "expect",
  "trailer",
  "te",
]);
const maxHeadBytes = 8_192;

/**
 * Parses a request for an event stream from a connection's first bytes. Pure, and strict: the bytes
 * must be exactly one head with nothing unusual in it.
 *
 * @returns undefined for everything else; the HTTP server parses that
 */
export function readEventRequest(bytes: Buffer): EventRequest | undefined {
  if (bytes.length > maxHeadBytes) return undefined;
  const text = bytes.toString("latin1");
  if (text.indexOf("\r\n\r\n") !== text.length - 4) return undefined;
  const [first, ...lines] = text.slice(0, -4).split("\r\n");
  const [, election, query] = requestLine.exec(first) ?? [];
  if (election === undefined) return undefined;
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = headerLine.exec(line) ?? [];
    const key = name?.toLowerCase();
    if (key === undefined || notPlain.has(key)) return undefined;
    const single = key === "host" || key === "last-event-id";
    if (single && headers.has(key)) return undefined;
    headers.set(key, value);
  }
  if (!headers.has("host")) return undefined;
  const last = headers.get("last-event-id") ?? new URLSearchParams(query).get("lastEventId");
  return { election, lastEventId: last ?? undefined };
}
