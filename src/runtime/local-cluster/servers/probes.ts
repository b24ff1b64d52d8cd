import { connect } from "node:net";
import { loopback } from "../../processes/ports.js";

/** A request that only a working server answers; rejects otherwise. */
export type Probe = () => Promise<void>;

const answerWithinMs = 2_000;

const metadataKey = 3;
/** The first version in which a request may name no topics. */
const metadataVersion = 4;

/** Sends a Metadata request for no topics; passes when the answer lists every broker. */
export async function probeKafka(port: number, brokers: number): Promise<void> {
  const request = Buffer.alloc(23);
  request.writeInt32BE(request.length - 4, 0);
  request.writeInt16BE(metadataKey, 4);
  request.writeInt16BE(metadataVersion, 6);
  request.writeInt32BE(1, 8);
  request.writeInt16BE(4, 12);
  request.write("vote", 14);
  request.writeInt32BE(0, 18);
  request.writeInt8(0, 22);
  const answer = await ask(port, request, 16);
  // Length, correlation id and throttle time come first.
  const known = answer.readInt32BE(12);
  if (known < brokers) throw new Error(`knows ${known} of ${brokers} brokers`);
}

/** Sends PING. */
export async function probeRedis(port: number): Promise<void> {
  const answer = (await ask(port, Buffer.from("PING\r\n"), 5)).toString("latin1").trim();
  if (answer !== "+PONG") throw new Error(`answers ${answer.slice(0, 80)} to PING`);
}

/** Sends ListTables, signed by nobody: DynamoDB Local checks only that a signature is there. */
const anySignature =
  "AWS4-HMAC-SHA256 Credential=local/20260101/local/dynamodb/aws4_request, " +
  "SignedHeaders=host, Signature=0";

/** Sends ListTables, signed by nobody: DynamoDB Local checks only that a signature is there. */
export async function probeDynamo(port: number): Promise<void> {
  const response = await fetch(`http://${loopback}:${port}/`, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": "DynamoDB_20120810.ListTables",
      authorization: anySignature,
    },
    body: '{"Limit":1}',
    signal: AbortSignal.timeout(answerWithinMs),
  });
  const text = await response.text();
  if (!response.ok || !text.includes("TableNames")) {
    throw new Error(`answers ${response.status} to ListTables`);
  }
}

/** Sends a request and resolves with at least the first `bytes` bytes of the answer. */
function ask(port: number, request: Uint8Array, bytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: loopback });
    let answer = Buffer.alloc(0);
    socket.setTimeout(answerWithinMs, () => socket.destroy(new Error("does not answer")));
    socket.once("connect", () => socket.write(request));
    socket.on("data", (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length < bytes) return;
      resolve(answer);
      socket.destroy();
    });
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("closed the connection")));
  });
}
