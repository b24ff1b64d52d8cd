/**
 * HTTP/1.1 (RFC 9112) as far as a client of our own ingest needs it: a POST out, and an answer
 * with a status and a body of known length in.
 */
import type { Socket } from "node:net";
import type { HttpAddress } from "./http-target.js";

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** Where the parts of an answer stand in the bytes received. */
export interface HttpAnswerParts {
  readonly status: number;
  readonly bodyFrom: number;
  readonly bodyTo: number;
  /** The server ends the connection after this answer. */
  readonly closes: boolean;
}

const headEnd = Buffer.from("\r\n\r\n", "latin1");
const statusAt = "HTTP/1.1 ".length;

/**
 * Finds the answer at the start of the bytes received. An answer without a final status or without
 * a Content-Length ends the connection with an error.
 *
 * @returns undefined while part of the answer is still to come
 */
export function findAnswer(received: Buffer, socket: Socket): HttpAnswerParts | undefined {
  const headLength = received.indexOf(headEnd);
  if (headLength === -1) return undefined;
  const head = received.toString("latin1", 0, headLength);
  const status = Number(head.slice(statusAt, statusAt + 3));
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? Number.NaN);
  if (!Number.isInteger(length) || !(status >= 200 && status < 600)) {
    socket.destroy(new Error("The answer is not HTTP that can be read."));
    return undefined;
  }
  const bodyFrom = headLength + headEnd.length;
  const bodyTo = bodyFrom + length;
  if (received.length < bodyTo) return undefined;
  return { status, bodyFrom, bodyTo, closes: /\r\nconnection: *close/i.test(head) };
}

/** A whole POST request; the rest as in `requestHead`. */
export function postRequest(
  address: Pick<HttpAddress, "authority">,
  path: string,
  headers: string,
  body: string,
): string {
  return requestHead(address, path, headers, Buffer.byteLength(body)) + body;
}

/**
 * What comes before a POST request's body.
 *
 * @param headers lines that each end with CRLF; Host and Content-Length are added
 */
export function requestHead(
  { authority }: Pick<HttpAddress, "authority">,
  path: string,
  headers: string,
  bodyBytes: number,
): string {
  return (
    `POST ${path} HTTP/1.1\r\nHost: ${authority}\r\n${headers}` +
    `Content-Length: ${bodyBytes}\r\n\r\n`
  );
}
