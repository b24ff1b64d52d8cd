import { describe, expect, it } from "vitest";
import { VoteError } from "../../../../../src/runtime/core/errors.js";
import {
  isStaleMetadata,
  kafkaErrorType,
  logUnavailable,
  lostBroker,
} from "../../../../../src/runtime/log/kafka/client/errors.js";

const typed = (type: string) => Object.assign(new Error(type.toLowerCase()), { type });

describe("what went wrong with Kafka", () => {
  it("is found however deep the client has wrapped it", () => {
    const wrapped = new Error("a", {
      cause: new Error("b", { cause: typed("NOT_ENOUGH_REPLICAS") }),
    });
    expect(kafkaErrorType(wrapped)).toBe("NOT_ENOUGH_REPLICAS");
    expect(kafkaErrorType(new Error("plain"))).toBeUndefined();
    const circular = new Error("round");
    circular.cause = circular;
    expect(kafkaErrorType(circular)).toBeUndefined();
    expect(isStaleMetadata(new Error("a", { cause: typed("LEADER_NOT_AVAILABLE") }))).toBe(true);
    expect(isStaleMetadata(typed("REQUEST_TIMED_OUT"))).toBe(false);
  });

  it.each([
    [typed("NOT_ENOUGH_REPLICAS"), "replicas"],
    [typed("MESSAGE_TOO_LARGE"), "max.message.bytes"],
    [new Error("connect ECONNREFUSED broker-1:9092"), "vote services status"],
    [new Error("self-signed certificate"), "authority"],
    [new Error("SASL PLAIN authentication failed"), "password"],
    [new Error("Closed connection"), "TLS"],
  ])("%s comes with what to do about it", (cause, hint) => {
    const error = logUnavailable("append to vote.spring", cause);
    expect(error).toMatchObject({ code: "log-unavailable", cause });
    expect(error.message).toBe(`Kafka could not append to vote.spring: ${cause.message}`);
    expect(error.hint).toContain(hint);
  });

  it("is not told twice", () => {
    const first = new VoteError("log-unavailable", "Kafka is away.");
    expect(logUnavailable("read", first)).toBe(first);
  });

  it("names the broker that is lost only when a connection was closed", () => {
    const place = { host: "broker-1", port: 9092 };
    expect(lostBroker(Object.assign(new Error("x"), place))).toBeUndefined();
    const closed = Object.assign(new Error("x"), place, { name: "KafkaJSConnectionClosedError" });
    expect(lostBroker(closed)).toEqual(place);
  });
});
