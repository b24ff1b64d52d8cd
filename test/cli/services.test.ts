import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { processIdentity } from "../../src/runtime/processes/process-identity.js";
import { realServers } from "../helpers/cluster/real-servers.js";
import { type Finished, type Sandbox, sandbox } from "../helpers/run-vote.js";

const timeoutMs = 180_000;
const redis = await realServers("vote services over Redis", ["redis"]);
const all = await realServers("vote services over all servers");

interface Server {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  readonly started: boolean;
}

interface Ready {
  readonly event: "ready";
  readonly dir: string;
  readonly kafka?: { readonly brokers: string[] };
  readonly dynamodb?: { readonly endpoint: string };
  readonly redis?: { readonly url: string };
  readonly servers: Server[];
}

let box: Sandbox;
let dir: string;
beforeAll(() => {
  box = sandbox();
  dir = join(box.path, "services");
});
afterAll(async () => {
  await box.vote("services", "down", "--dir", dir);
  await box.remove();
}, timeoutMs);

const lastLine = ({ stdout }: Finished): string => stdout.trim().split("\n").at(-1) ?? "";

async function up(...args: string[]): Promise<Ready> {
  const finished = await box.vote("services", "up", "--dir", dir, "--json", ...args);
  expect(finished).toMatchObject({ code: 0, stderr: "" });
  return JSON.parse(lastLine(finished)) as Ready;
}

async function status(): Promise<{ code: number | null; states: Record<string, string> }> {
  const finished = await box.vote("services", "status", "--dir", dir, "--json");
  const { servers } = JSON.parse(finished.stdout) as { servers: { name: string; state: string }[] };
  const states = Object.fromEntries(servers.map(({ name, state }) => [name, state]));
  return { code: finished.code, states };
}

describe.runIf(all)("vote services, all three", () => {
  let first: Ready;

  it("are up and answer", { timeout: timeoutMs }, async () => {
    first = await up();
    expect(first.servers.map(({ name }) => name)).toEqual(["kafka-1", "dynamodb", "redis"]);
    expect(first.servers.every(({ started }) => started)).toBe(true);
    const [kafka, dynamodb, redis] = first.servers;
    expect(first.kafka).toEqual({ brokers: [`127.0.0.1:${kafka.port}`] });
    expect(first.dynamodb).toEqual({ endpoint: `http://127.0.0.1:${dynamodb.port}` });
    expect(first.redis).toEqual({ url: `redis://127.0.0.1:${redis.port}` });
    expect(await status()).toEqual({
      code: 0,
      states: { "kafka-1": "ready", dynamodb: "ready", redis: "ready" },
    });
  });

  it("init makes the tables once, and then finds nothing to do", {
    timeout: timeoutMs,
  }, async () => {
    const init = async (...args: string[]) => {
      const environment = { VOTE_SERVICES_DIR: dir };
      const { code, stdout } = await box.startIn(environment, "services", "init", "--json", ...args)
        .finished;
      return { code, report: JSON.parse(stdout) as object };
    };
    const missing = await init("--check");
    expect(missing).toMatchObject({
      code: 99,
      report: {
        created: [],
        findings: ["vote-segments", "vote-registry"].map((name) => ({
          part: "dynamodb",
          name,
          setting: "table",
          actual: "missing",
          fix: "vote services init",
        })),
      },
    });
    const tables = ["vote-segments", "vote-registry"];
    expect(await init()).toEqual({
      code: 0,
      report: { created: tables, changed: [], findings: [] },
    });
    expect(await init()).toEqual({ code: 0, report: { created: [], changed: [], findings: [] } });
  });

  it("listen on the loopback address only", async () => {
    const others = Object.values(networkInterfaces()).flatMap((one) => one ?? []);
    const addresses = others.filter(({ internal, family }) => !internal && family === "IPv4");
    for (const { port } of first.servers) {
      expect(await accepts(port, "127.0.0.1")).toBe(true);
      for (const { address } of addresses) expect(await accepts(port, address)).toBe(false);
    }
  });

  it("a second up keeps what runs and starts what has died", { timeout: timeoutMs }, async () => {
    const [kafka, dynamodb, redis] = first.servers;
    process.kill(dynamodb.pid, "SIGKILL");
    process.kill(redis.pid, "SIGSTOP");
    const seen = await status();
    process.kill(redis.pid, "SIGCONT");
    expect(seen).toEqual({
      code: 69,
      states: { "kafka-1": "ready", dynamodb: "ended", redis: "not-answering" },
    });
    const again = await up();
    const started = again.servers.filter((server) => server.started);
    expect(started.map(({ name, port }) => ({ name, port }))).toEqual([
      { name: "dynamodb", port: dynamodb.port },
    ]);
    expect(again.servers.find(({ name }) => name === "kafka-1")?.pid).toBe(kafka.pid);
    expect((await status()).code).toBe(0);
  });

  it("refuses another number of brokers than it has data of", async () => {
    const { code, stderr } = await box.vote("services", "up", "--dir", dir, "--brokers", "3");
    expect(code).toBe(2);
    expect(stderr).toContain("has data of 1 broker(s), not 3");
  });

  it("down ends exactly these", { timeout: timeoutMs }, async () => {
    const { servers } = await up();
    const one = await box.vote("services", "down", "--dir", dir, "--servers", "redis", "--json");
    expect(JSON.parse(one.stdout)).toEqual({ dir, stopped: ["redis"] });
    expect((await status()).states).toEqual({ "kafka-1": "ready", dynamodb: "ready" });
    const rest = await box.vote("services", "down", "--dir", dir, "--json");
    expect(JSON.parse(rest.stdout)).toEqual({ dir, stopped: ["kafka-1", "dynamodb"] });
    expect(servers.map(({ pid }) => processIdentity(pid))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    const nothing = await box.vote("services", "status", "--dir", dir);
    expect(nothing.code).toBe(69);
    expect(nothing.stderr).toContain("services up");
  });
});

describe.runIf(redis)("vote services, Redis alone", () => {
  let path: string;
  beforeAll(() => {
    path = join(box.path, "redis-alone");
  });
  afterAll(async () => {
    await box.vote("services", "down", "--dir", path);
  });

  it("takes another port where the usual one is taken, and says so", async () => {
    const usual = createServer();
    // Taken by us, or by somebody else already: both will do.
    await new Promise<void>((resolve) => {
      usual.once("error", () => resolve());
      usual.listen(6379, "127.0.0.1", () => resolve());
    });
    try {
      const args = ["services", "up", "--dir", path, "--servers", "redis"];
      const { code, stdout } = await box.vote(...args);
      expect(code).toBe(0);
      const [, port] = /^· Port 6379 is taken: redis uses (\d+)$/m.exec(stdout) ?? [];
      expect(stdout).toMatch(new RegExp(`^READY redis redis://127.0.0.1:${port} `, "m"));
    } finally {
      usual.close();
    }
  });

  it("a process id that is somebody else's by now is left alone", async () => {
    const file = join(path, "services.json");
    const state = JSON.parse(readFileSync(file, "utf8")) as { servers: { pid: number }[] };
    const [redis] = state.servers;
    const strange = { ...state, servers: [{ ...redis, pid: process.pid }] };
    writeFileSync(file, JSON.stringify(strange));
    const { stdout } = await box.vote("services", "down", "--dir", path, "--json");
    expect(JSON.parse(stdout)).toMatchObject({ stopped: [] });
    expect(processIdentity(redis.pid)).toBeDefined();
    writeFileSync(file, JSON.stringify(state));
    const { stdout: again } = await box.vote("services", "down", "--dir", path, "--json");
    expect(JSON.parse(again)).toMatchObject({ stopped: ["redis"] });
    expect(processIdentity(redis.pid)).toBeUndefined();
  });
});

describe("what is missing", () => {
  it("is named all at once, with the command that installs it", async () => {
    const empty = join(box.path, "empty");
    mkdirSync(empty);
    const environment = { PATH: empty, JAVA_HOME: "", XDG_CACHE_HOME: empty };
    const args = ["services", "up", "--dir", join(box.path, "nothing"), "--json"];
    const finished = await box.startIn(environment, ...args).finished;
    expect(finished.code).toBe(69);
    expect(JSON.parse(finished.stdout)).toEqual({
      error: {
        code: "dependency-missing",
        detail: "This machine lacks: Java 17 or later, Maven, redis-server or valkey-server.",
        hint: expect.stringMatching(/^Install with: .* (openjdk|java).* maven .*(redis|valkey)/),
      },
    });
  });

  it("a server that does not exist is bad usage", async () => {
    const { code, stderr } = await box.vote("services", "up", "--servers", "kafka,mysql");
    expect(code).toBe(2);
    expect(stderr).toContain('There is no server "mysql"');
    expect(stderr).toContain("kafka, dynamodb, redis");
  });
});

function accepts(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host });
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
