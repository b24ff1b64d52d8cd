import { describe, expect, it } from "vitest";
import { statusSchemas } from "../../../../src/runtime/contracts/http/status.js";
import { requireAnswer } from "../../../../src/runtime/contracts/schema/answer.js";

const status: Readonly<Record<string, unknown>> = {
  role: "serve",
  pid: 7,
  startedAt: 1,
  at: 2,
  draining: false,
  clockErrorMs: null,
  refused: { "not-found": 3 },
  cpuSeconds: 1.5,
  memoryBytes: 90_000_000,
  diskFreeBytes: null,
  diskBytes: null,
  stores: [{ part: "view", store: "LMDB", reachable: null, latencyMs: null, detail: "" }],
  eventStreams: 1,
  webSockets: 0,
  messagesSent: 9,
  bytesSent: 99,
  viewAgeMs: null,
  stale: false,
};

describe("the answer of another process", () => {
  it("stays as it came, with the fields of a newer version", () => {
    const newer = { more: 1, ...status };
    expect(requireAnswer(statusSchemas.serve, newer, "serve")).toBe(newer);
  });

  it.each(Object.keys(status))("is refused without %s, which is not taken for 0", (field) => {
    const { [field]: _, ...lacking } = status;
    expect(() => requireAnswer(statusSchemas.serve, lacking, "serve here")).toThrow(
      `What answers is not serve here: ${field} is missing.`,
    );
  });

  it.each([
    [{ eventStreams: -1 }, "eventStreams is -1"],
    [{ messagesSent: 1.5 }, "messagesSent is 1.5"],
    [{ role: "tally" }, 'role is "tally"'],
    [{ refused: { "not-found": "3" } }, 'refused.not-found is "3"'],
  ])("is refused with %j", (wrong, said) => {
    expect(() => requireAnswer(statusSchemas.serve, { ...status, ...wrong }, "serve")).toThrow(
      said,
    );
  });
});
