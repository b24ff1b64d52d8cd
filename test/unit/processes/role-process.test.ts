import { describe, expect, it, onTestFinished } from "vitest";
import { isAlive } from "../../../src/runtime/processes/process-identity.js";
import {
  type RoleOptions,
  type RoleProcess,
  startRole,
} from "../../../src/runtime/processes/role-process.js";
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
  async function supervised(restart: (first: RoleProcess) => RoleOptions) {
    const events: SupervisorEvent[] = [];
    const first = await startRole({ role: "serve", args: await dataDir("--port", "0") });
    const serve = supervise(
      first,
      () => startRole(restart(first)),
      (event) => events.push(event),
    );
    onTestFinished(async () => void (await serve.stop()));
    return { first, serve, events };
  }

  it("starts again when it dies, where it was, until it is told to stop", async () => {
    const base = await dataDir();
    const { serve, events } = await supervised(({ url }) => ({
      role: "serve",
      args: [...base, "--port", new URL(url ?? "").port],
    }));
    const { pid } = serve;
    serve.kill();
    await eventually("it runs again", () => events.length === 2);
    expect(events).toEqual([
      { event: "role-died", role: "serve", pid, code: 137 },
      { event: "role-restarted", role: "serve", pid: serve.pid },
    ]);
    expect(serve.pid).not.toBe(pid);
    expect((await fetch(`${serve.url}/livez`)).status).toBe(200);
    expect(await serve.stop()).toBe(0);
    expect(events).toHaveLength(2);
  });

  it("reports its death once, and each start that fails, however often it is tried", async () => {
    const { first, serve, events } = await supervised(() => ({
      role: "serve",
      args: ["--data-dir", "/dev/null"],
    }));
    serve.kill();
    await eventually("two starts failed", () => events.length >= 3);
    const failed = {
      event: "role-start-failed",
      role: "serve",
      reason: expect.stringContaining("/dev/null"),
    };
    expect(events[0]).toEqual({ event: "role-died", role: "serve", pid: first.pid, code: 137 });
    expect(events.slice(1, 3)).toEqual([failed, failed]);
  });
});
