import { describe, expect, it } from "vitest";
import {
  type Dialect,
  dynamoDialect,
  kafkaDialect,
  redisDialect,
} from "../../../../src/runtime/chaos/proxy/wire-dialects.js";

/** Names and texts of requests in a row; nothing before the last byte is there. */
function requests(dialect: Dialect, bytes: Buffer): string[] {
  const found: string[] = [];
  for (let rest = bytes; rest.length > 0; ) {
    const first = dialect.request(rest);
    if (first === undefined) throw new Error(`no end in ${rest.length} bytes`);
    for (let cut = 0; cut < first.bytes; cut++) {
      expect(dialect.request(rest.subarray(0, cut))).toBeUndefined();
    }
    found.push(first.name + (first.opensStream ? " opens a stream" : ""));
    rest = rest.subarray(first.bytes);
  }
  return found;
}

function answers(dialect: Dialect, text: string): string[] {
  const found: string[] = [];
  for (let rest = Buffer.from(text, "latin1"); rest.length > 0; ) {
    const bytes = dialect.answer(rest);
    if (bytes === undefined) throw new Error(`no end in ${rest.toString("latin1")}`);
    for (let cut = 0; cut < bytes; cut++) {
      expect(dialect.answer(rest.subarray(0, cut))).toBeUndefined();
    }
    found.push(rest.subarray(0, bytes).toString("latin1"));
    rest = rest.subarray(bytes);
  }
  return found;
}

const kafkaRequest = (key: number, length: number) => {
  const bytes = Buffer.alloc(4 + length);
  bytes.writeInt32BE(length, 0);
  bytes.writeInt16BE(key, 4);
  return bytes;
};

describe("where messages end", () => {
  it("in Kafka's protocol", () => {
    const bytes = [kafkaRequest(0, 40), kafkaRequest(11, 8), kafkaRequest(47, 9)];
    const found = requests(kafkaDialect, Buffer.concat(bytes));
    expect(found).toEqual(["Produce", "JoinGroup", "request 47"]);
  });

  it("in DynamoDB's", () => {
    const head = "POST / HTTP/1.1\r\nX-Amz-Target: DynamoDB_20120810.PutItem\r\nContent-Length: 5";
    const text = `${head}\r\n\r\n{...}GET / HTTP/1.1\r\nhost: x\r\n\r\n`;
    expect(requests(dynamoDialect, Buffer.from(text))).toEqual(["PutItem", "GET"]);
    const whole = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
    const chunked =
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" +
      "a\r\n0123456789\r\n1;x=y\r\n!\r\n0\r\n\r\n";
    expect(answers(dynamoDialect, whole + chunked + whole)).toEqual([whole, chunked, whole]);
  });

  it("in Redis'", () => {
    const commands = ["*1\r\n$4\r\nping\r\n", "*2\r\n$9\r\nSUBSCRIBE\r\n$3\r\na\r\n\r\n"];
    const found = requests(redisDialect, Buffer.from(commands.join("")));
    expect(found).toEqual(["PING", "SUBSCRIBE opens a stream"]);
    const values = [
      "+OK\r\n",
      "-ERR no\r\n",
      ":12\r\n",
      "$4\r\na\r\nb\r\n",
      "$-1\r\n",
      "$0\r\n\r\n",
      "*-1\r\n",
      "*0\r\n",
      "*3\r\n:1\r\n*2\r\n$1\r\nx\r\n+y\r\n$-1\r\n",
      "%1\r\n+key\r\n*1\r\n#t\r\n",
      "|1\r\n+ttl\r\n:5\r\n$1\r\nx\r\n",
      "_\r\n",
    ];
    expect(answers(redisDialect, values.join(""))).toEqual(values);
  });
});
