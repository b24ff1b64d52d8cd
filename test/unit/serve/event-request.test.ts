import { describe, expect, it } from "vitest";
import { readEventRequest } from "../../../src/runtime/serve/live/event-request.js";

const line = "GET /v1/elections/demo/events HTTP/1.1";
const request = (...lines: string[]) => Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
const read = (...lines: string[]) => readEventRequest(request(...lines));

describe("readEventRequest", () => {
  it.each([
    [[line, "Host: a"], undefined],
    [["GET /v1/elections/demo/events HTTP/1.0", "host: a"], undefined],
    [[line, "Host: a", "Last-Event-ID: 6-0a", "Accept: text/event-stream"], "6-0a"],
    [[line, "Host: a", "last-event-id:\t 6-0a \t"], "6-0a"],
    [[line, "Host: a", "last-event-id:"], ""],
    [["GET /v1/elections/demo/events?lastEventId=5-01 HTTP/1.1", "Host: a"], "5-01"],
    [["GET /v1/elections/demo/events?a=b&lastEventId=%225-01%22 HTTP/1.1", "Host: a"], '"5-01"'],
    [["GET /v1/elections/demo/events?lastEventId=5 HTTP/1.1", "Host: a", "last-event-id: 6"], "6"],
  ])("reads %j", (lines, lastEventId) => {
    expect(read(...lines)).toEqual({ election: "demo", lastEventId });
  });

  it.each([
    ["another method", [line.replace("GET", "HEAD"), "Host: a"]],
    ["another path", ["GET /v1/elections/demo/result HTTP/1.1", "Host: a"]],
    ["an encoded id", ["GET /v1/elections/de%6Do/events HTTP/1.1", "Host: a"]],
    ["an absolute address", ["GET http://a/v1/elections/demo/events HTTP/1.1", "Host: a"]],
    ["another version", [line.replace("1.1", "2.0"), "Host: a"]],
    ["no host", [line, "Accept: */*"]],
    ["two hosts", [line, "Host: a", "Host: b"]],
    ["two last ids", [line, "Host: a", "Last-Event-ID: 1", "last-event-id: 2"]],
    ["a body's length", [line, "Host: a", "Content-Length: 0"]],
    ["a chunked body", [line, "Host: a", "Transfer-Encoding: chunked"]],
    ["an upgrade", [line, "Host: a", "Upgrade: websocket"]],
    ["an expectation", [line, "Host: a", "Expect: 100-continue"]],
    ["a folded header", [line, "Host: a", " b"]],
    ["a space before the colon", [line, "Host : a"]],
    ["no colon", [line, "Host"]],
    ["an empty name", [line, ": a", "Host: a"]],
    ["a bare line feed", [line, "Host: a\nX: b"]],
    ["a zero byte", [line, "Host: a\0"]],
    ["a byte beyond ASCII", [line, "Host: \xe9"]],
    ["two spaces", [line.replace(" HTTP", "  HTTP"), "Host: a"]],
    ["a very long head", [line, "Host: a", `X: ${"x".repeat(9_000)}`]],
    ["a second request", [line, "Host: a", "", line, "Host: a"]],
  ])("leaves %s to the HTTP server", (_, lines) => {
    expect(read(...lines)).toBe(undefined);
  });

  it("leaves everything but a whole head with nothing after it to the HTTP server", () => {
    const whole = request(line, "Host: a");
    for (let length = 0; length < whole.length; length++) {
      expect(readEventRequest(whole.subarray(0, length))).toBe(undefined);
    }
    expect(readEventRequest(Buffer.concat([whole, Buffer.from("x")]))).toBe(undefined);
    expect(readEventRequest(whole)).toBeDefined();
  });
});
