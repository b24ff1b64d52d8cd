import { describe, expect, it, onTestFinished } from "vitest";
import { isAlive } from "../../../src/runtime/processes/process-identity.js";
import { type RoleOptions, startRole } from "../../../src/runtime/processes/role-process.js";
import { type SupervisorEvent, supervise } from "../../../src/runtime/processes/supervise.js";
import { eventually, temporaryDirectory } from "../../helpers/temporary.js";

async function dataDir(...more: string[]): Promise<string[]> {
  return ["--data-dir", await temporaryDirectory(), "--log-level", "warn", ...more];
}

async function start(options: RoleOptions) {
  const role = await startRole(options);
  onTestFinished(async () => void (await role.stop("SIGKILL")));
  return role;
}

describe("a role as a process", () => {
  it("is ready with its process id and its address, and stops when told", async () => {
    const serve = await start({ role: "serve", args: await dataDir("--port", "0") });
    expect(serve.ready).toEqual({ role: "serve", pid: serve.pid, url: serve.url });
    expect((await fetch(`${serve.url}/livez`)).status).toBe(200);
    expect(await serve.stop()).toBe(0);
    expect(isAlive(serve.pid)).toBe(false);
  });

  it("says by which signal it was ended", async () => {
    const tally = await start({ role: "tally", args: await dataDir() });
    expect(await tally.stop("SIGKILL")).toBe(128 + 9);
  });

  it("fails with what the role itself said", async () => {
    const args = ["--data-dir", "/dev/null"];
    await expect(startRole({ role: "tally", args })).rejects.toMatchObject({
      code: "data-directory-unusable",
      hint: expect.stringContaining("--data-dir"),
    });
  });

  it("is given up, and ended, if it is not ready in time", async () => {
    const args = await dataDir();
    await expect(startRole({ role: "tally", args, readyTimeoutMs: 1 })).rejects.toMatchObject({
      code: "internal-error",
      message: "tally was not ready within 1 ms.",
    });
  });
});

describe("a supervised role", () => {
  it("starts again when it dies, where it was, until it is told to stop", async () => {
    const base = await dataDir();
    const events: SupervisorEvent[] = [];
    const serve = await supervise(
      { role: "serve", args: [...base, "--port", "0"] },
      ({ url }) => [...base, "--port", new URL(url ?? "").port],
      (event) => events.push(event),
    );
    const firstPid = serve.pid;
    serve.kill();
    await eventually("it runs again", () => events.length === 2);
    expect(events).toEqual([
      { event: "role-died", role: "serve", code: 137 },
      { event: "role-restarted", role: "serve", pid: expect.any(Number) },
    ]);
    await eventually("its process id is the new one", () => serve.pid !== firstPid);
    expect((await fetch(`${serve.url}/livez`)).status).toBe(200);
    expect(await serve.stop()).toBe(0);
    expect(events).toHaveLength(2);
  });

  it("is not started again at all if the first start fails", async () => {
    const events: SupervisorEvent[] = [];
    const args = ["--data-dir", "/dev/null"];
    const failing = supervise(
      { role: "tally", args },
      () => args,
      (event) => events.push(event),
    );
    await expect(failing).rejects.toMatchObject({ code: "data-directory-unusable" });
    expect(events).toEqual([]);
  });
});
