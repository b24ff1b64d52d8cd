import { connect as connectPlain, isIP, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";

export interface SocketOptions {
  readonly host: string;
  readonly port: number;
  readonly ssl?: ConnectionOptions;
  readonly onConnect: () => void;
}

/** As the client's own, but small requests do not wait for the answer to the one before. */
export function openSocket({ host, port, ssl, onConnect }: SocketOptions): Socket {
  const name = isIP(host) === 0 ? { servername: host } : {};
  const socket = ssl
    ? connectTls({ host, port, ...name, ...ssl }, onConnect)
    : connectPlain({ host, port }, onConnect);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 60_000);
  // The client hangs up several times on a socket that never opened, and listens each time.
  socket.setMaxListeners(0);
  return socket;
}
