import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import {
  portsHint,
  removeDevState,
  runningDev,
  runningDevs,
  writeDevState,
} from "../../../src/runtime/config/dev-state.js";
import { chooseEngine } from "../../../src/runtime/config/engine-choice.js";
import type { DevState } from "../../../src/runtime/contracts/config/dev-state.js";
import { temporaryDirectory } from "../../helpers/temporary.js";

/** No process of any machine: above what process ids may be. */
const deadPid = 2 ** 30;

const state = (pid: number, port = 4000): DevState => ({
  pid,
  engine: "embedded",
  dataDir: `/data-${port}`,
  urls: {
    ingest: `http://127.0.0.1:${port}`,
    serve: "http://127.0.0.1:2",
    tally: "http://127.0.0.1:3",
    admin: "http://127.0.0.1:4",
  },
  adminToken: "token",
  pids: { ingest: 1, tally: 2, serve: 3 },
  election: "sample",
});

let folder: string;
beforeEach(async () => {
  folder = await temporaryDirectory();
  vi.stubEnv("XDG_STATE_HOME", folder);
  return () => void vi.unstubAllEnvs();
});
const fileOf = (pid: number) => join(folder, "vote", "dev", `${pid}.json`);

describe("the hint to a vote dev whose port is taken", () => {
  const free = "give --port 0 for free ports beside it, or stop it.";

  it.each([
    [4000, `The vote dev with process id 77 runs there, over /data-4000: ${free}`],
    [3998, `The vote dev with process id 77 runs there, over /data-4000: ${free}`],
    [4001, "The roles take 4001 to 4003: choose another --port, or --port 0."],
  ])("names the one that has port %i or the next two, if it is one of ours", (port, hint) => {
    expect(portsHint(port, [state(76, 5000), state(77, 4000)])).toBe(hint);
  });
});

describe("the state of vote dev", () => {
  it("stands in the home directory unless XDG_STATE_HOME says where", async () => {
    vi.stubEnv("XDG_STATE_HOME", undefined);
    vi.stubEnv("HOME", folder);
    await writeDevState(state(process.pid));
    const path = join(folder, ".local/state/vote/dev", `${process.pid}.json`);
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual(state(process.pid));
    expect(await runningDev()).toEqual(state(process.pid));
  });

  it("is found while its process lives, for the owner's eyes only", async () => {
    expect(await runningDev()).toBeUndefined();
    await writeDevState(state(process.pid));
    expect(await runningDev()).toEqual(state(process.pid));
    expect((await stat(fileOf(process.pid))).mode & 0o777).toBe(0o600);
  });

  it("is ignored once its process is dead, or if it is not readable as one", async () => {
    await writeDevState(state(deadPid));
    expect(await runningDev()).toBeUndefined();
    for (const content of ["", "null", "{}", '{"pid":1}', "{"]) {
      await writeFile(fileOf(process.pid), content);
      expect(await runningDev()).toBeUndefined();
    }
  });

  it("is removed alone", async () => {
    await writeDevState(state(process.pid));
    await removeDevState(deadPid);
    expect(await runningDev()).toBeDefined();
    await removeDevState(process.pid);
    expect(await runningDev()).toBeUndefined();
  });
});

describe("several vote dev", () => {
  beforeEach(async () => {
    await writeDevState(state(process.pid, 5000));
    await writeDevState(state(process.ppid, 4000));
  });

  it("are all found, by port", async () => {
    const found = await runningDevs();
    expect(found.map(({ dataDir }) => dataDir)).toEqual(["/data-4000", "/data-5000"]);
  });

  it("are told apart by port and by directory", async () => {
    expect(await runningDev({ dev: "5000" })).toEqual(state(process.pid, 5000));
    expect(await runningDev({ "data-dir": "/data-4000" })).toEqual(state(process.ppid, 4000));
    expect(await runningDev({ "data-dir": "/other" })).toBeUndefined();
    expect(await chooseEngine({ dev: "5000" })).toEqual({
      engine: "embedded",
      dataDir: "/data-5000",
    });
  });

  it("make a command that names none fail, and say how to name one", async () => {
    const hint = "Say which: --dev 4000 (/data-4000), --dev 5000 (/data-5000).";
    await expect(runningDev()).rejects.toMatchObject({ code: "invalid-usage", hint });
    await expect(runningDev({ dev: "6000" })).rejects.toMatchObject({ code: "not-running", hint });
    await expect(chooseEngine({})).rejects.toMatchObject({ code: "invalid-usage", hint });
  });
});
