/** HTTPS with a certificate authority of one's own, whose file a flag names. */
import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { Readable } from "node:stream";
import { rootCertificates } from "node:tls";
import { messageOf, VoteError } from "../core/errors.js";

interface FetchInit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | null;
  readonly signal?: AbortSignal | null;
  /** With a CA of one's own, none is followed anyway. */
  readonly redirect?: "error";
}

/** What our clients use of `fetch`. */
export type Fetch = (url: string, init?: FetchInit) => Promise<Response>;

/**
 * Reads a CA's certificates (PEM).
 *
 * @returns them beside those that Node.js trusts anyway
 * @throws VoteError `invalid-usage`
 */
export async function authoritiesWith(file: string): Promise<string[]> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    const detail = `The CA's file ${file} cannot be read: ${messageOf(cause)}.`;
    throw new VoteError("invalid-usage", detail, { cause });
  });
  if (text.includes("-----BEGIN CERTIFICATE-----")) return [...rootCertificates, text];
  throw new VoteError("invalid-usage", `${file} holds no certificate.`, {
    hint: "A CA's file is PEM: it has lines with BEGIN CERTIFICATE and END CERTIFICATE.",
  });
}

/** A `fetch` that trusts these authorities: Node's own takes none. Plain http:// stays with it. */
export function fetchTrusting(ca: readonly string[]): Fetch {
  return (url, init = {}) => {
    if (!url.startsWith("https:")) return fetch(url, init);
    const { method = "GET", headers = {}, body, signal } = init;
    return new Promise((resolve, reject) => {
      const options = { method, headers, ca: [...ca], ...(signal ? { signal } : {}) };
      const sent = request(url, options, (answer) => {
        const { statusCode: status = 0 } = answer;
        const hasBody = status !== 204 && status !== 304;
        const content = hasBody ? (Readable.toWeb(answer) as ReadableStream) : null;
        if (!hasBody) answer.resume();
        resolve(new Response(content, { status, headers: flat(answer.headers) }));
      });
      // As fetch does: the reason is the error's cause.
      sent.on("error", (cause) => reject(signal?.aborted ? signal.reason : failed(cause)));
      sent.end(body ?? undefined);
    });
  };
}

function failed(cause: Error): TypeError {
  return new TypeError("fetch failed", { cause });
}

function flat(headers: NodeJS.Dict<string | string[]>): [string, string][] {
  return Object.entries(headers).map(([name, value]) => [name, String(value)]);
}

const certificateCodes = /^(ERR_TLS_|CERT_|.*SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY))/;

/**
 * The error for a server whose certificate is not trusted, or not its own.
 *
 * @param error what `fetch` or a socket failed with
 * @returns undefined if it failed with something else
 */
export function certificateError(error: unknown, url: string): VoteError | undefined {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? "";
  if (!certificateCodes.test(code)) return undefined;
  return new VoteError("not-running", `The certificate of ${url} is not trusted: ${code}.`, {
    hint: "Name the file of its CA's certificate with --ca, VOTE_CA or NODE_EXTRA_CA_CERTS.",
    cause: error,
  });
}
