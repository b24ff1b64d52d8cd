import { connect, type Socket } from "node:net";

/** As many of the smallest requests as one read of a server's socket can hold. */
const burst = Buffer.from("GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n".repeat(2_000));

/** Clients that send requests without waiting for answers; those that read, without an end. */
export interface HostileClients {
  /** How many connections the server has not closed. */
  readonly open: number;
  /** Resolves once the server takes nothing more from any of them. */
  allStopped(): Promise<void>;
  close(): void;
}

export interface HostileOptions {
  readonly port: number;
  readonly connections: number;
  /** Whether they read the answers. */
  readonly read: boolean;
}

/** Opens the connections, all at once, and starts sending. */
export function openHostileClients({ port, connections, read }: HostileOptions): HostileClients {
  const sockets = Array.from({ length: connections }, () => hostileClient(port, read));
  return {
    get open() {
      return sockets.filter(({ closed }) => !closed).length;
    },
    async allStopped() {
      for (let before = -1, now = 0; before !== now; now = sum(sockets)) {
        before = now;
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
    },
    close() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function hostileClient(port: number, read: boolean): Socket {
  const socket = connect({ port, host: "127.0.0.1" });
  // What the system takes at once has drained already, and is not reported as drained. Of clients
  // that do not read, a burst each is enough: its answers fill what the system buffers for them.
  const send = () => {
    while (!socket.destroyed && socket.write(burst) && read);
  };
  socket.on("connect", send);
  socket.on("drain", send);
  // The server may cut it off at any time.
  socket.on("error", () => {});
  if (read) socket.resume();
  else socket.pause();
  return socket;
}

const sum = (sockets: readonly Socket[]) =>
  sockets.reduce(
    (bytes, { bytesWritten, writableLength }) => bytes + bytesWritten - writableLength,
    0,
  );
