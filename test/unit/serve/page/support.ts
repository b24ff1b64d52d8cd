import type { LiveResult } from "../../../../src/runtime/contracts/http/result.js";

/** An open election's figures: by default two candidates with 30 and 10 votes. */
export function liveResult(changes: Partial<LiveResult> = {}): LiveResult {
  return {
    election: "demo",
    title: "Election demo",
    status: "open",
    official: false,
    revision: 7,
    counted: 40,
    rejected: { "already-voted": 2 },
    retriesAbsorbed: 1,
    result: [
      { candidate: "one", name: "One", votes: 30, share: 0.75 },
      { candidate: "two", name: "Two", votes: 10, share: 0.25 },
    ],
    sealedPartitions: 0,
    partitions: 8,
    ...changes,
  };
}
