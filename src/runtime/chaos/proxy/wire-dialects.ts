/** A request as it stands on the wire. */
export interface WireRequest {
  /** What is asked for: `Produce`, `PutItem`, `EVALSHA`. */
  readonly name: string;
  readonly bytes: number;
  /** What the server sends from now on answers no request in particular. */
  readonly opensStream?: boolean;
}

/** Where the messages of a protocol begin and end. Answers come in the order of their requests. */
export interface Dialect {
  /** The first request, if the bytes hold the whole of it. */
  request(bytes: Buffer): WireRequest | undefined;
  /** How many bytes the first answer has, if they hold the whole of it. */
  answer(bytes: Buffer): number | undefined;
}

const kafkaNames = new Map([
  [0, "Produce"],
  [1, "Fetch"],
  [2, "ListOffsets"],
  [3, "Metadata"],
  [8, "OffsetCommit"],
  [10, "FindCoordinator"],
  [11, "JoinGroup"],
  [12, "Heartbeat"],
  [13, "LeaveGroup"],
  [14, "SyncGroup"],
  [18, "ApiVersions"],
]);

const kafkaLength = (bytes: Buffer): number | undefined => {
  if (bytes.length < 4) return undefined;
  const length = 4 + bytes.readInt32BE(0);
  return bytes.length < length ? undefined : length;
};

export const kafkaDialect: Dialect = {
  request(bytes) {
    const length = kafkaLength(bytes);
    if (length === undefined) return undefined;
    const key = bytes.readInt16BE(4);
    return { name: kafkaNames.get(key) ?? `request ${key}`, bytes: length };
  },
  answer: kafkaLength,
};

/** DynamoDB's way over HTTP/1.1: the header x-amz-target names the call. */
export const dynamoDialect: Dialect = {
  request(bytes) {
    const length = httpLength(bytes);
    if (length === undefined) return undefined;
    const head = bytes.subarray(0, bytes.indexOf("\r\n\r\n")).toString("latin1");
    const target = /^x-amz-target: *\w+\.(\w+)/im.exec(head)?.[1];
    return { name: target ?? head.split(" ", 1)[0], bytes: length };
  },
  answer: httpLength,
};

function httpLength(bytes: Buffer): number | undefined {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd === -1) return undefined;
  const head = bytes.subarray(0, headEnd).toString("latin1");
  const from = headEnd + 4;
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  const end = /^transfer-encoding: *chunked/im.test(head) ? chunksEnd(bytes, from) : from + length;
  return end === undefined || bytes.length < end ? undefined : end;
}

function chunksEnd(bytes: Buffer, from: number): number | undefined {
  for (let at = from; ; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString("latin1"), 16);
    at = lineEnd + 2 + size + 2;
    if (size === 0) return at;
  }
}

const streaming = /^(P|S)?SUBSCRIBE$|^MONITOR$/;

/** Redis' protocol, versions 2 and 3. */
export const redisDialect: Dialect = {
  request(bytes) {
    const end = redisEnd(bytes, 0);
    if (end === undefined) return undefined;
    // *2 $3 GET …: the third line is the command.
    const name = (bytes.subarray(0, 80).toString("latin1").split("\r\n")[2] ?? "").toUpperCase();
    return { name, bytes: end, opensStream: streaming.test(name) };
  },
  answer: (bytes) => redisEnd(bytes, 0),
};

/** Where the value that begins at `from` ends. */
function redisEnd(bytes: Buffer, from: number): number | undefined {
  const lineEnd = bytes.indexOf("\r\n", from);
  if (lineEnd === -1) return undefined;
  const type = String.fromCharCode(bytes[from]);
  const next = lineEnd + 2;
  const count = Number(bytes.subarray(from + 1, lineEnd).toString("latin1"));
  if ("$!=".includes(type)) {
    const end = count < 0 ? next : next + count + 2;
    return bytes.length < end ? undefined : end;
  }
  if (!"*~>%|".includes(type)) return next;
  let values = type === "%" || type === "|" ? 2 * count : count;
  // Attributes stand before the value that they describe.
  if (type === "|") values++;
  let at: number | undefined = next;
  for (; values > 0 && at !== undefined; values--) at = redisEnd(bytes, at);
  return at;
}
