import { connect as connectPlain, isIP, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";

export interface SocketOptions {
  readonly host: string;
  readonly port: number;
  readonly ssl?: ConnectionOptions;
  readonly onConnect: () => void;
}

/** Opens a socket as the client does, but with TCP_NODELAY: small requests do not wait for the
 * previous answer. */
export function openSocket({ host, port, ssl, onConnect }: SocketOptions): Socket {
  const name = isIP(host) === 0 ? { servername: host } : {};
  const socket = ssl
    ? connectTls({ host, port, ...name, ...ssl }, onConnect)
    : connectPlain({ host, port }, onConnect);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 60_000);
  // The client ends a socket that never opened several times, with a new listener each time.
  socket.setMaxListeners(0);
  return socket;
}
