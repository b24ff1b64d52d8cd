import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import {
  removeDevState,
  runningDev,
  writeDevState,
} from "../../../src/runtime/config/dev-state.js";
import type { DevState } from "../../../src/runtime/contracts/config/dev-state.js";
import { temporaryDirectory } from "../../helpers/temporary.js";

/** No process of any machine: above what process ids may be. */
const deadPid = 2 ** 30;

const state = (pid: number): DevState => ({
  pid,
  engine: "embedded",
  dataDir: "data",
  urls: {
    ingest: "http://127.0.0.1:1",
    serve: "http://127.0.0.1:2",
    tally: "http://127.0.0.1:3",
    admin: "http://127.0.0.1:4",
  },
  adminToken: "token",
  pids: { ingest: 1, tally: 2, serve: 3 },
  election: "sample",
});

describe("the state of vote dev", () => {
  it.each([
    ["XDG_STATE_HOME", "vote/dev.json"],
    ["HOME", ".local/state/vote/dev.json"],
  ])("stands where %s says", async (variable, path) => {
    const folder = await temporaryDirectory();
    vi.stubEnv("XDG_STATE_HOME", undefined);
    vi.stubEnv(variable, folder);
    onTestFinished(() => void vi.unstubAllEnvs());
    await writeDevState(state(process.pid));
    expect(await runningDev(join(folder, path))).toEqual(state(process.pid));
    expect(await runningDev()).toEqual(state(process.pid));
  });

  it("is found while its process lives, for the owner's eyes only", async () => {
    const path = join(await temporaryDirectory(), "vote", "dev.json");
    expect(await runningDev(path)).toBeUndefined();
    await writeDevState(state(process.pid), path);
    expect(await runningDev(path)).toEqual(state(process.pid));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it("is ignored once its process is dead, or if it is not readable as one", async () => {
    const path = join(await temporaryDirectory(), "dev.json");
    await writeDevState(state(deadPid), path);
    expect(await runningDev(path)).toBeUndefined();
    for (const content of ["", "null", "{}", '{"pid":1}', "{"]) {
      await writeFile(path, content);
      expect(await runningDev(path)).toBeUndefined();
    }
  });

  it("is removed only by the process that it names", async () => {
    const path = join(await temporaryDirectory(), "dev.json");
    await writeDevState(state(process.pid), path);
    await removeDevState(deadPid, path);
    expect(await runningDev(path)).toBeDefined();
    await removeDevState(process.pid, path);
    expect(await runningDev(path)).toBeUndefined();
  });
});
