import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** Where a broker listens, by its id. */
export interface Place {
  readonly id: number;
  readonly port: number;
}

/**
 * A broker on a socket that knows metadata only: `answer` gets each such request's answer. Names
 * itself, under the id 7, unless told whom to name.
 *
 * @returns its port
 */
export async function brokerThat(
  answers: (socket: Socket, whole: Buffer) => void,
  names?: () => readonly Place[],
): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (request) => {
      const key = request.readInt16BE(4);
      const correlation = request.readInt32BE(8);
      if (key === 18) socket.write(answer(correlation, versions));
      else answers(socket, answer(correlation, metadata(names?.() ?? [{ id: 7, port }])));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return port;
}

function answer(correlation: number, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeInt32BE(4 + body.length, 0);
  head.writeInt32BE(correlation, 4);
  return Buffer.concat([head, body]);
}

const int16 = (value: number) => Buffer.from([(value >> 8) & 255, value & 255]);
const int32 = (value: number) => Buffer.concat([int16(value >>> 16), int16(value & 65_535)]);
const string = (text: string) => Buffer.concat([int16(text.length), Buffer.from(text)]);

/** No error; Metadata and ApiVersions, each in version 0 only. */
const versions = Buffer.concat([
  ...[int16(0), int32(2)],
  ...[int16(3), int16(0), int16(0)],
  ...[int16(18), int16(0), int16(0)],
]);

/** These brokers and no topic. */
function metadata(places: readonly Place[]): Buffer {
  const brokers = places.flatMap(({ id, port }) => [int32(id), string("127.0.0.1"), int32(port)]);
  return Buffer.concat([int32(places.length), ...brokers, int32(0)]);
}
