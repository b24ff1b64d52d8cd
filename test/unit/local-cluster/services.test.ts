import { describe, expect, it, onTestFinished } from "vitest";
import { VoteError } from "../../../src/runtime/core/errors.js";
import {
  servicesStatus,
  stopServices,
} from "../../../src/runtime/local-cluster/existing-services.js";
import { probeRedis } from "../../../src/runtime/local-cluster/servers/probes.js";
import { type Services, startServices } from "../../../src/runtime/local-cluster/services.js";
import { readState } from "../../../src/runtime/local-cluster/state.js";
import { Ports } from "../../../src/runtime/processes/ports.js";
import { processIdentity } from "../../../src/runtime/processes/process-identity.js";
import { realServers } from "../../helpers/cluster/real-servers.js";
import { temporaryDirectory } from "../../helpers/temporary.js";

async function redisAlone(): Promise<Services> {
  const services = await startServices({
    dir: await temporaryDirectory(),
    services: ["redis"],
    ports: "any",
    endWithParent: true,
  });
  onTestFinished(() => services.stop());
  return services;
}

const available = await realServers("a server that was started", ["redis"]);

describe.runIf(available)("a server that was started", () => {
  it("comes back at the same port after a kill, as another process", async () => {
    const services = await redisAlone();
    const redis = services.server("redis");
    const { pid, port } = redis;
    await redis.kill();
    expect(redis.isRunning()).toBe(false);
    expect(processIdentity(pid)).toBeUndefined();
    await expect(redis.probe()).rejects.toThrow();
    await redis.restart();
    expect(redis.isRunning()).toBe(true);
    expect({ port: redis.port, same: redis.pid === pid }).toEqual({ port, same: false });
    await probeRedis(port);
    const recorded = (await readState(services.dir))?.servers.map((one) => one.pid);
    expect(recorded).toEqual([redis.pid]);
  });

  it("is the same one for a second start, a status and a stop from elsewhere", async () => {
    const services = await redisAlone();
    const { dir } = services;
    const again = await startServices({ dir, services: ["redis"] });
    expect(again.started).toEqual([]);
    expect(again.server("redis").pid).toBe(services.server("redis").pid);
    expect(await servicesStatus(dir)).toMatchObject({ ready: true, endpoints: again.endpoints });
    expect(await stopServices(dir)).toEqual({ dir, stopped: ["redis"] });
    expect(services.server("redis").isRunning()).toBe(false);
    await expect(servicesStatus(dir)).rejects.toThrow("No servers were started");
  });

  it("that does not exist is refused by name", async () => {
    const services = await redisAlone();
    expect(() => services.server("kafka-1")).toThrow(VoteError);
  });
});

describe("ports", () => {
  it("are the preferred ones while free, and never given twice", async () => {
    const ports = new Ports();
    const first = await ports.choose();
    expect(await new Ports().choose(first)).toBe(first);
    expect(await ports.choose(first)).not.toBe(first);
  });

  it("that somebody listens on are passed over", async () => {
    const { port } = (await redisAlone()).server("redis");
    expect(await new Ports().choose(port)).not.toBe(port);
  });
});

describe("a process's identity", () => {
  it("tells it from one that has ended", () => {
    expect(processIdentity(process.pid)).toBe(processIdentity(process.pid));
    expect(processIdentity(process.pid)).not.toBe(processIdentity(process.ppid));
    expect(processIdentity(2 ** 30)).toBeUndefined();
  });
});
