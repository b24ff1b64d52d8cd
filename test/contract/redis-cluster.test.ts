import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { findTools } from "../../src/runtime/local-cluster/servers/tools.js";
import { Ports } from "../../src/runtime/processes/ports.js";
import { openRedisView } from "../../src/runtime/view/redis.js";
import { realServers } from "../helpers/cluster/real-servers.js";
import { eventually } from "../helpers/temporary.js";
import { viewContract } from "./view.contract.js";

const available = await realServers("the view on Redis Cluster", ["redis"]);

const host = "127.0.0.1";
const password = "not a secret: /@";

/** Two masters with half of the slots each, so that elections live on either. */
class TwoNodes {
  readonly #children: ChildProcess[] = [];
  readonly #ports = new Ports();
  #dir = "";
  url = "";

  async start(): Promise<void> {
    const { redis: program } = await findTools(["redis"]);
    this.#dir = await mkdtemp(join(tmpdir(), "vote-redis-cluster-"));
    const nodes: { port: number; bus: number; client: Redis }[] = [];
    for (const _ of [0, 1]) nodes.push(await this.#startNode(program));
    const [first, second] = nodes;
    await first.client.call("CLUSTER", "ADDSLOTSRANGE", 0, 8_191);
    await second.client.call("CLUSTER", "ADDSLOTSRANGE", 8_192, 16_383);
    await first.client.call("CLUSTER", "MEET", host, second.port, second.bus);
    for (const { client } of nodes) {
      await eventually("the cluster", async () => {
        const info = String(await client.call("CLUSTER", "INFO"));
        return info.includes("cluster_state:ok") && info.includes("cluster_slots_assigned:16384");
      });
      client.disconnect();
    }
    this.url = `redis://:${encodeURIComponent(password)}@${host}:${first.port}`;
  }

  /** Where somebody else takes a port meanwhile, it takes others. */
  async #startNode(program: string) {
    for (let attempt = 1; ; attempt++) {
      const node = await this.#tryNode(program);
      if (node !== undefined) return node;
      if (attempt === 5) throw new Error("redis-server does not start");
    }
  }

  /** @returns undefined if it has ended instead */
  async #tryNode(program: string) {
    const [port, bus] = [await this.#ports.choose(), await this.#ports.choose()];
    const settings: Record<string, string | number> = {
      port,
      "cluster-port": bus,
      "cluster-enabled": "yes",
      "cluster-config-file": `nodes-${port}.conf`,
      "cluster-announce-ip": host,
      bind: host,
      dir: this.#dir,
      save: "",
      requirepass: password,
    };
    const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, `${value}`]);
    const child = spawn(program, flags, { stdio: "ignore" });
    this.#children.push(child);
    const client = new Redis({ host, port, password });
    client.on("error", () => undefined);
    const hasEnded = () => child.exitCode !== null;
    await eventually("a node", () => client.status === "ready" || hasEnded());
    if (!hasEnded()) return { port, bus, client };
    client.disconnect();
    return undefined;
  }

  async stop(): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null) continue;
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    await rm(this.#dir, { recursive: true, force: true });
  }
}

describe.runIf(available)("view on Redis Cluster", () => {
  const nodes = new TwoNodes();
  beforeAll(() => nodes.start());
  afterAll(() => nodes.stop());

  let elections = 0;
  const election = () => `election-${elections++}`;
  const open = async () => {
    const view = await openRedisView({ url: nodes.url, cluster: true });
    onTestFinished(() => view.close());
    return view;
  };

  viewContract(async () => ({ open, election }));

  it("keeps many elections at once, on whichever node", async () => {
    const view = await open();
    const ids = Array.from({ length: 32 }, election);
    await Promise.all(ids.map((id) => view.setRecounting(id, 7)));
    const views = await Promise.all(ids.map((id) => view.get(id)));
    expect(views).toEqual(ids.map(() => ({ partitions: [], recountingAt: 7 })));
  });
});
