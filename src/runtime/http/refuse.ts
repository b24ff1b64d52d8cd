import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { VoteError } from "../core/errors.js";
import { problemBody, problemHeaders } from "./problem.js";

/** Refuses a request that the framework has not seen, and closes the connection. */
export function refuseRequest(response: ServerResponse, error: VoteError): void {
  const body = problemBody(error);
  response.writeHead(error.status, {
    ...problemHeaders(error),
    "content-length": Buffer.byteLength(body),
    connection: "close",
  });
  response.end(body);
}

/** Refuses on a socket without a request that the framework could answer, and closes it. */
export function refuseOnSocket(socket: Duplex, error: VoteError): void {
  const body = problemBody(error);
  const lines = Object.entries({
    ...problemHeaders(error),
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
  }).map(([name, value]) => `${name}: ${value}`);
  const status = `${error.status} ${STATUS_CODES[error.status]}`;
  socket.end(`HTTP/1.1 ${status}\r\n${lines.join("\r\n")}\r\n\r\n${body}`);
}

/** Refuses bytes that are not an HTTP request, or arrive too late. */
export function refuseClient(failure: Error & { code?: string }, socket: Duplex): void {
  if (failure.code === "ECONNRESET" || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  refuseOnSocket(socket, clientFailure(failure.code));
}

function clientFailure(code: string | undefined): VoteError {
  // Nobody knows who was late: a server that is far behind has not read what has arrived.
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") {
    return new VoteError("request-timeout", "The request did not arrive in time.", {
      hint: "Nothing of this request was taken. Send it again, on a new connection.",
    });
  }
  if (code === "HPE_HEADER_OVERFLOW") {
    return badRequest("The request's headers are larger than allowed.");
  }
  return badRequest("The bytes on this connection are not an HTTP request.");
}

/**
 * Finds what is wrong with a request's headers: headers that a proxy in front of this server might
 * read differently (RFC 9110 5.3, 7.2; RFC 9112 6.1), and codings that this server does not decode.
 */
export function headerFault(request: IncomingMessage): VoteError | undefined {
  const { headers, rawHeaders, httpVersion } = request;
  let hosts = 0;
  let authorizations = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name.length === 4 && name.toLowerCase() === "host") hosts++;
    else if (name.length === 13 && name.toLowerCase() === "authorization") authorizations++;
  }
  if (hosts > 1) return badRequest("The request has more than one Host header.");
  if (hosts === 0 && httpVersion === "1.1") return badRequest("The request has no Host header.");
  if (authorizations > 1) return badRequest("The request has more than one Authorization header.");
  const transferCoding = headers["transfer-encoding"];
  if (transferCoding !== undefined && transferCoding.toLowerCase() !== "chunked") {
    return badRequest("This server supports no transfer coding except chunked.");
  }
  const coding = headers["content-encoding"];
  if (coding === undefined || coding.toLowerCase() === "identity") return undefined;
  return new VoteError("unsupported-media-type", "The body is compressed.", {
    hint: "Send it without a Content-Encoding.",
  });
}

function badRequest(detail: string): VoteError {
  return new VoteError("bad-request", detail);
}
