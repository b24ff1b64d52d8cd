import { describe, expect, it } from "vitest";
import { VoteError } from "../../../src/runtime/core/errors.js";
import { lazyLog } from "../../../src/runtime/log/lazy.js";
import { openTestElection, openTestEngine } from "../../helpers/data/election.js";

describe("a log that is opened when it is needed", () => {
  it("is not opened before, and once", async () => {
    const engine = await openTestEngine();
    await openTestElection(engine, "e", 1);
    let opened = 0;
    const log = lazyLog(async () => {
      opened++;
      return engine.log;
    });
    expect(opened).toBe(0);
    expect(await Promise.all([log.end("e", 0), log.read("e", 0, 0, 1_000)])).toEqual([0, []]);
    expect(opened).toBe(1);
  });

  it("says that it cannot be reached, and is tried again", async () => {
    const engine = await openTestEngine();
    await openTestElection(engine, "e", 1);
    let away = true;
    const log = lazyLog(async () => {
      if (away) throw new VoteError("log-unavailable", "No broker answers.");
      return engine.log;
    });
    await expect(log.end("e", 0)).rejects.toMatchObject({ code: "log-unavailable" });
    away = false;
    expect(await log.end("e", 0)).toBe(0);
  });

  it("closes what was opened, and nothing else", async () => {
    const engine = await openTestEngine();
    let closed = 0;
    const log = lazyLog(async () => ({ ...engine.log, close: async () => void closed++ }));
    await log.close();
    expect(closed).toBe(0);
    await log.createTopic({ election: "e", partitions: 1 }).catch(() => undefined);
    await log.close();
    expect(closed).toBe(1);
  });
});
