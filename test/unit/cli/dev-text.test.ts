import { describe, expect, it } from "vitest";
import { devBanner } from "../../../src/cli/text/dev-text.js";
import { createElection } from "../../../src/runtime/core/election.js";
import type { RunningDev } from "../../../src/runtime/system/dev.js";

const election = createElection({
  id: "sample",
  instance: "0".repeat(32),
  title: "Mascot",
  candidates: [
    { id: "owl", name: "Tawny owl" },
    { id: "fox", name: "Fox" },
  ],
  partitions: 8,
  keyId: "k",
  keyFingerprint: "",
  createdAt: 0,
});
const token = "x".repeat(200);
const dev: RunningDev = {
  dataDir: "/srv/vote",
  temporary: false,
  urls: {
    ingest: "http://127.0.0.1:4000",
    serve: "http://127.0.0.1:4001",
    admin: "http://127.0.0.1:4002",
    tally: "http://127.0.0.1:4003",
  },
  metrics: { ingest: "", serve: "", admin: "", tally: "" },
  election,
  tokens: {
    voter: token,
    gateway: token,
    admin: token,
    voters: [1, 2, 3].map((n) => ({ voter: `voter-${n}`, token, code: `abcdefg${n}` })),
  },
  pids: () => ({ ingest: 1, serve: 2, admin: 3, tally: 4 }),
  stop: () => Promise.reject(new Error("not called")),
  force: () => {},
};

describe("the banner of vote dev", () => {
  const lines = devBanner(dev, ["npm run vote -- load", "npm run vote -- monitor"]).split("\n");

  it("takes at most 12 lines with the last one, none wider than a terminal", () => {
    expect(lines.length).toBeLessThanOrEqual(11);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  it("begins with the results page and short links, and prints no token", () => {
    expect(lines.slice(0, 2)).toEqual([
      "  Results   http://127.0.0.1:4001/elections/sample",
      "  Vote      http://127.0.0.1:4001/v/abcdefg1 as voter-1",
    ]);
    expect(lines.join()).not.toContain(token);
    expect(lines.join()).toContain("/srv/vote/dev-tokens");
  });
});
