import { appendFileSync, mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import type { Election } from "../../core/election.js";
import { DynamoDb } from "../../dynamodb/client.js";
import type { Services, ServicesOptions } from "../../local-cluster/services.js";
import { Ports } from "../../processes/ports.js";
import type { Role } from "../../processes/role-process.js";
import { type Engine, openEngine } from "../../wiring.js";
import { openTestElection } from "../../../../test/helpers/data/election.js";
import { seededRandom } from "../../../../test/helpers/data/random.js";
import { VoterCrowd } from "./voter-crowd.js";
import { Mortal } from "./mortal.js";
import { clusterOf, environmentOf, useServices } from "../../../../test/helpers/cluster/cluster.js";
import { FaultProxy } from "../proxy/fault-proxy.js";
import { dynamoDialect, kafkaDialect, redisDialect } from "../proxy/wire-dialects.js";

/** Servers, and a proxy in front of each. */
export interface Stage {
  readonly services: Services;
  readonly proxies: Readonly<Record<"kafka" | "dynamodb" | "redis", FaultProxy>>;
}

/** Starts one of each server and its proxy before a suite's tests, and ends them afterwards. */
export function useStage(
  seed: number,
  options: Pick<ServicesOptions, "brokers"> = {},
): () => Stage {
  let kafka: FaultProxy | undefined;
  let stage: Stage | undefined;
  const proxiedListeners: { port: number; advertisedPort: number }[] = [];
  beforeAll(async () => {
    const ports = new Ports();
    const target = await ports.choose();
    const port = await ports.choose();
    kafka = await FaultProxy.start({ target, port, dialect: kafkaDialect, seed });
    proxiedListeners.push({ port: target, advertisedPort: port });
  });
  const services = useServices({ ...options, proxiedListeners });
  beforeAll(async () => {
    if (kafka === undefined) throw new Error("Kafka's proxy has to be first");
    const target = (name: string) => services().server(name).port;
    const [dynamodb, redis] = await Promise.all([
      FaultProxy.start({ target: target("dynamodb"), dialect: dynamoDialect, seed: seed + 1 }),
      FaultProxy.start({ target: target("redis"), dialect: redisDialect, seed: seed + 2 }),
    ]);
    stage = { services: services(), proxies: { kafka, dynamodb, redis } };
  });
  afterAll(async () => {
    await Promise.all(Object.values(stage?.proxies ?? { kafka }).map((proxy) => proxy?.close()));
  });
  return () => {
    if (stage === undefined) throw new Error("the servers are started before the tests run");
    return stage;
  };
}

export interface SceneOptions {
  readonly services: Services;
  /** The roles reach the servers through these. */
  readonly proxies?: Stage["proxies"];
  /** The election's name; the names of its tables contain it. */
  readonly name: string;
  readonly seed: number;
  readonly tallies: number;
}

/**
 * One election with tables of its own, an ingest and tallies as processes, and a crowd that votes
 * from now on. The engine goes straight to the servers, whatever is done to the roles.
 */
export class Scene {
  readonly services: Services;
  readonly engine: Engine;
  readonly election: Election;
  readonly ingest: Mortal;
  readonly tallies: readonly Mortal[];
  readonly crowd: VoterCrowd;
  readonly random: () => number;
  /** What the roles have logged. */
  readonly log: string;
  readonly #directory: string;
  readonly #role: (role: Role) => Mortal;
  readonly #others: Mortal[] = [];

  private constructor(
    options: SceneOptions,
    site: { directory: string; engine: Engine; election: Election; secret: Uint8Array },
    role: (role: Role) => Mortal,
  ) {
    const { directory, engine, election, secret } = site;
    this.services = options.services;
    this.engine = engine;
    this.election = election;
    this.log = join(directory, "roles.log");
    this.random = seededRandom(options.seed);
    this.#directory = directory;
    this.#role = role;
    const ingest = role("ingest");
    this.ingest = ingest;
    this.tallies = Array.from({ length: options.tallies }, () => role("tally"));
    this.crowd = new VoterCrowd({
      url: () => ingest.url,
      election: election.id,
      candidates: election.candidates.map(({ id }) => id),
      secret,
      seed: options.seed,
      workers: 3,
      ballotsPerRequest: 15,
      pauseMs: 20,
    });
  }

  static async open(options: SceneOptions): Promise<Scene> {
    const { services, name, proxies } = options;
    const directory = mkdtempSync(join(tmpdir(), `vote-${name}-`));
    const cluster = clusterOf(services);
    const tables = { segmentsTable: `${name}-segments`, registryTable: `${name}-registry` };
    const dynamodb = { ...cluster.dynamodb, ...tables };
    const database = new DynamoDb(dynamodb);
    await database.ensureTables();
    database.close();
    const engine = await openEngine({
      engine: "cluster",
      cluster: { ...cluster, dynamodb },
      keysDir: join(directory, "keys"),
    });
    const election = await openTestElection(engine, name, 4);
    const secret = await engine.keys.tokenSecret();
    const env = {
      ...environmentOf(services),
      VOTE_DYNAMODB_SEGMENTS_TABLE: tables.segmentsTable,
      VOTE_DYNAMODB_REGISTRY_TABLE: tables.registryTable,
      ...(proxies && throughProxies(proxies)),
    };
    const args = ["--engine", "cluster", "--data-dir", directory];
    const onLog = (chunk: Buffer) => appendFileSync(join(directory, "roles.log"), chunk);
    const scene = new Scene(
      options,
      { directory, engine, election, secret },
      (role) => new Mortal({ role, args, env, onLog }),
    );
    try {
      await Promise.all([scene.ingest, ...scene.tallies].map((mortal) => mortal.start()));
    } catch (error) {
      await scene.close(true);
      throw error;
    }
    scene.crowd.start();
    return scene;
  }

  /** A further process of a role, not started yet; it ends with the scene. */
  another(role: Role): Mortal {
    const mortal = this.#role(role);
    this.#others.push(mortal);
    return mortal;
  }

  /** Up to which log position the view shows each partition decided. */
  async positions(): Promise<number[]> {
    const { partitions } = await this.engine.view.get(this.election.id);
    return partitions.map(({ position }) => position);
  }

  async close(keepLog: boolean): Promise<void> {
    const mortals = [this.ingest, ...this.tallies, ...this.#others];
    await Promise.all(mortals.map((mortal) => mortal.kill()));
    await this.engine.close();
    if (keepLog) console.warn(`What the roles of ${this.election.id} said: ${this.log}`);
    else await rm(this.#directory, { recursive: true, force: true });
  }
}

function throughProxies({ kafka, dynamodb, redis }: Stage["proxies"]): Record<string, string> {
  return {
    VOTE_KAFKA_BROKERS: `127.0.0.1:${kafka.port}`,
    VOTE_DYNAMODB_ENDPOINT: `http://127.0.0.1:${dynamodb.port}`,
    VOTE_REDIS_URL: `redis://127.0.0.1:${redis.port}`,
  };
}
