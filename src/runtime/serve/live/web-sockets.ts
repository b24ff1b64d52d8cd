import type { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { VoteError } from "../../core/errors.js";
import { asVoteError, belongsInLog } from "../../http/problem.js";
import { refuseOnSocket } from "../../http/refuse.js";
import type { HttpServer } from "../../http/server.js";
import { withoutRepeats } from "../../time/without-repeats.js";

interface WebSocketOptions {
  /**
   * Called before the handshake is answered.
   *
   * @returns takes the connection over once it is a WebSocket
   * @throws VoteError that refuses the handshake
   */
  readonly open: (
    election: string,
    query: URLSearchParams,
  ) => Promise<(socket: Socket, webSocket: WebSocket) => void>;
  readonly onUnexpected: (error: unknown) => void;
}

/** Clients send only control frames. */
const maxPayloadBytes = 125;
/** A client that does not answer our close within this loses its connection. */
const closeTimeoutMs = 2_000;
const address = /^\/v1\/elections\/([^/]+)\/socket\/?$/;

/** Accepts WebSockets at `/v1/elections/{id}/socket`, and refuses all other upgrades. */
export function addWebSockets({ app }: HttpServer, { open, onUnexpected }: WebSocketOptions): void {
  const options = {
    noServer: true,
    clientTracking: false,
    maxPayload: maxPayloadBytes,
    // Compression takes memory for each client, and not all would get the same bytes.
    perMessageDeflate: false,
    closeTimeout: closeTimeoutMs,
  };
  const server = new WebSocketServer(options);
  const report = withoutRepeats(onUnexpected);
  server.on("wsClientError", (error, socket) => {
    refuseOnSocket(socket, new VoteError("bad-request", `${error.message}.`));
  });
  app.server.on("upgrade", (request: IncomingMessage, socket: Duplex, early: Buffer) => {
    socket.on("error", () => socket.destroy());
    upgrade(server, request, socket, early, open).catch((error: unknown) => {
      const refusal = asVoteError(error);
      if (belongsInLog(refusal)) report(error);
      refuseOnSocket(socket, refusal);
    });
  });
}

async function upgrade(
  server: WebSocketServer,
  request: IncomingMessage,
  socket: Duplex,
  early: Buffer,
  open: WebSocketOptions["open"],
): Promise<void> {
  const { pathname, searchParams } = addressOf(request);
  const [, id] = address.exec(pathname) ?? [];
  if (id === undefined) {
    throw new VoteError("not-found", "There is no WebSocket at this address.");
  }
  const begin = await open(decoded(id), searchParams);
  if (socket.destroyed || !(socket instanceof Socket)) return void socket.destroy();
  server.handleUpgrade(request, socket, early, (webSocket) => {
    // The library itself closes after a broken or oversized frame.
    webSocket.on("error", () => {});
    webSocket.on("message", () => webSocket.close(1008, "This socket takes no messages."));
    begin(socket, webSocket);
  });
}

function addressOf({ url = "/" }: IncomingMessage): URL {
  const base = "http://localhost";
  if (!URL.canParse(url, base)) throw new VoteError("bad-request", "The address is malformed.");
  return new URL(url, base);
}

function decoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch (cause) {
    throw new VoteError("bad-request", "The address is malformed.", { cause });
  }
}
