import { describe, expect, it } from "vitest";
import {
  errorCatalogue,
  messageOf,
  publicMessageOf,
  VoteError,
} from "../../../src/runtime/core/errors.js";

describe("an error", () => {
  it("has the status, the exit code and the title of its code", () => {
    const error = new VoteError("corrupt-frame", "Frame 3 is damaged.", { hint: "Restore it." });
    expect(error).toMatchObject({ name: "VoteError", status: 500, exitCode: 3 });
    expect(error.title).toBe(errorCatalogue["corrupt-frame"].title);
    expect(error).toMatchObject({ message: "Frame 3 is damaged.", hint: "Restore it." });
    expect(error.isPrivate).toBe(false);
    expect("cause" in error).toBe(false);
  });

  it("ends with 3 for damage, with 69 for what is down, with 2 for what was asked wrongly", () => {
    const exits = Object.entries(errorCatalogue).map(([code, { exitCode }]) => [code, exitCode]);
    for (const [code, exit] of exits) {
      if (/^corrupt-|-mismatch$/.test(String(code))) expect([code, exit]).toEqual([code, 3]);
      if (/-unavailable$/.test(String(code))) expect([code, exit]).toEqual([code, 69]);
      if (/^invalid-|^unknown-/.test(String(code))) expect([code, exit]).toEqual([code, 2]);
    }
  });

  it("tells strangers no more than it may, and operators all", () => {
    const cause = new Error("connect ECONNREFUSED");
    const publicMessage = "The log is down.";
    const error = new VoteError("log-unavailable", "kafka-1 is down.", { publicMessage, cause });
    expect(error.isPrivate).toBe(true);
    expect(error.cause).toBe(cause);
    expect([messageOf(error), publicMessageOf(error)]).toEqual(["kafka-1 is down.", publicMessage]);
    expect(messageOf("a text")).toBe("a text");
    expect(messageOf(cause)).toBe("connect ECONNREFUSED");
    expect(publicMessageOf(cause)).toMatch(/^\w[\w ]+\.$/);
    expect(publicMessageOf(cause)).not.toContain("ECONNREFUSED");
  });
});
