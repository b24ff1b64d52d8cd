import { describe, expect, it } from "vitest";
import { parseAgents } from "../../../../src/runtime/load/agents/addresses.js";

describe("parseAgents", () => {
  it("takes hosts and ports, and addresses with a scheme", () => {
    expect(parseAgents("127.0.0.1:4010, [::1]:4011", false)).toEqual([
      { name: "127.0.0.1:4010", url: "http://127.0.0.1:4010" },
      { name: "[::1]:4011", url: "http://[::1]:4011" },
    ]);
    expect(parseAgents("https://load.example.org", true)[0].url).toBe("https://load.example.org");
  });

  it.each(["10.0.0.5:4010", "example.org:80", "127.0.0.1.example.org:1"])(
    "sends orders to %s only for an owner",
    (text) => {
      const refused = expect.objectContaining({ code: "invalid-usage" });
      expect(() => parseAgents(text, false)).toThrowError(refused);
      expect(parseAgents(text, true)).toHaveLength(1);
    },
  );

  it.each(["", "127.0.0.1:4010,", "127.0.0.1:x", "127.0.0.1:1/path", "127.0.0.1:1,127.0.0.1:1"])(
    "refuses %j",
    (text) => {
      const refused = expect.objectContaining({ code: "invalid-usage" });
      expect(() => parseAgents(text, true)).toThrowError(refused);
    },
  );
});
