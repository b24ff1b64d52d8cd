import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createElection, type Election } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import { drawSigningKey } from "../../keys/signing.js";
import type { LoadOptions } from "../../load/run/options.js";
import type { Scenario } from "../../load/scenario/scenario.js";
import { signedTarget } from "../../load/send/http/http-target.js";
import type { Log } from "../../log/port.js";
import { systemClock } from "../../time/clock.js";
import type { View } from "../../view/port.js";
import { forkScript } from "../scratch/fork-script.js";

const framesKey = drawSigningKey();

/** The election of runs against a null target. */
const nullElection: Election = {
  ...createElection({
    ...{ id: "bench", title: "Bench", partitions: 8, keyId: "none", createdAt: 0 },
    ...{ instance: "00".repeat(16), keyFingerprint: "00".repeat(32) },
    signers: [{ id: framesKey.id, publicKey: framesKey.publicKey, use: "frames", addedAt: 0 }],
    candidates: ["ana", "bruno", "clara"].map((id) => ({ id, name: id })),
  }),
  status: "open",
};

/** A log that acknowledges every frame at once and keeps nothing. */
const nullLog: Log = {
  createTopic: async () => {},
  append: async (frames) => frames.map(() => 0),
  read: async () => [],
  partitions: async () => [],
  end: async () => 0,
  subscribe: async () => {
    throw new VoteError("internal-error", "This log never keeps anything.");
  },
  members: async () => 1,
  close: async () => {},
};

const everything = {
  ...{ sequence: 0, position: Number.MAX_SAFE_INTEGER, counts: [], rejections: [] },
  ...{ retriesAbsorbed: 0, sealed: false },
};

/** A view that shows every ballot at once. */
const nullView: View = {
  set: async () => "set",
  replace: async () => {},
  setRecounting: async () => {},
  get: async () => ({
    partitions: Array.from({ length: nullElection.partitions }, (_, partition) => ({
      ...everything,
      partition,
    })),
  }),
  close: async () => {},
};

const secret = randomBytes(32);
/** Signs the tokens of runs against nothing. */
export const benchSecret = async () => secret;

/**
 * Returns the options of a load run against a null target.
 *
 * @param url where the null ingest listens
 */
export async function nullRun(scenario: Scenario, url: string): Promise<LoadOptions> {
  return {
    election: nullElection,
    scenario,
    seed: 1,
    log: nullLog,
    view: nullView,
    http: await signedTarget(
      { tokenSecret: benchSecret },
      { url },
      nullElection.id,
      systemClock.wallClock,
    ),
    producerId: () => randomBytes(16),
    framesKey,
    clock: systemClock,
  };
}

/** Runs `work` beside a null ingest in a process of its own. */
export async function withNullIngest<T>(
  env: Readonly<Record<string, string>>,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const child = forkScript("generator/null-ingest", env);
  try {
    const [{ port }] = (await once(child, "message")) as [{ port: number }];
    return await work(`http://127.0.0.1:${port}`);
  } finally {
    child.kill();
  }
}
