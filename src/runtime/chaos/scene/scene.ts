import { appendFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Election } from "../../core/election.js";
import { createAndStore, openElection } from "../../elections/elections.js";
import { clusterOf, environmentOf } from "../../local-cluster/access.js";
import type { Services } from "../../local-cluster/services.js";
import type { Role } from "../../processes/role-process.js";
import { prepareCluster } from "../../wiring/cluster-settings.js";
import { type Engine, openEngine } from "../../wiring/engine.js";
import { Mortal } from "./mortal.js";
import type { Proxies } from "./stage.js";
import { VoterCrowd } from "./voter-crowd.js";

export interface SceneOptions {
  readonly services: Services;
  /** The roles reach the servers through these. */
  readonly proxies?: Proxies;
  /** The election's name; the names of its tables contain it. */
  readonly name: string;
  readonly seed: number;
  readonly tallies: number;
  /** Where the roles' files are. Default: a new temporary directory. */
  readonly directory?: string;
  /** Creates and opens the election, with this name. Default: one of four partitions. */
  readonly elect?: (engine: Engine) => Promise<Election>;
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
  /** Where the roles keep what they keep, and their log. */
  readonly directory: string;
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
    this.directory = directory;
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
      pauseMs: 50,
    });
  }

  /** Resolves when everybody is ready, and the first votes are on their way. */
  static async open(options: SceneOptions): Promise<Scene> {
    const { services, name, proxies, elect = newElection(name) } = options;
    const directory = await mkdtemp(join(options.directory ?? tmpdir(), `${name}-`));
    const cluster = clusterOf(services);
    const tables = { segmentsTable: `${name}-segments`, registryTable: `${name}-registry` };
    const own = { ...cluster, dynamodb: { ...cluster.dynamodb, ...tables } };
    await prepareCluster(own, "create");
    const keysDir = join(directory, "keys");
    const engine = await openEngine({ engine: "cluster", cluster: own, keysDir });
    const election = await elect(engine);
    const secret = await engine.keys.tokenSecret();
    const env = {
      ...environmentOf(services),
      VOTE_DYNAMODB_SEGMENTS_TABLE: tables.segmentsTable,
      VOTE_DYNAMODB_REGISTRY_TABLE: tables.registryTable,
      ...(proxies && throughProxies(proxies)),
    };
    // Nobody's own vote.yaml has a say here.
    const config = join(directory, "vote.yaml");
    await writeFile(config, "engine: cluster\n");
    const args = ["--engine", "cluster", "--data-dir", directory, "--config", config];
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

  /** Ends the roles. @param keep whether the directory stays, with what the roles have said */
  async close(keep: boolean): Promise<void> {
    const mortals = [this.ingest, ...this.tallies, ...this.#others];
    await Promise.all(mortals.map((mortal) => mortal.kill()));
    await this.crowd.abandon();
    await this.engine.close();
    if (!keep) await rm(this.directory, { recursive: true, force: true });
  }
}

const newElection =
  (id: string) =>
  async (engine: Engine): Promise<Election> => {
    const candidates = ["ana", "bruno", "clara"].map((name) => ({ id: name, name }));
    await createAndStore(engine, { id, title: "Chaos", candidates, partitions: 4 }, Date.now());
    return openElection(engine, id, Date.now());
  };

function throughProxies({ kafka, dynamodb, redis }: Proxies): Record<string, string> {
  return {
    VOTE_KAFKA_BROKERS: kafka.map(({ port }) => `127.0.0.1:${port}`).join(","),
    VOTE_DYNAMODB_ENDPOINT: `http://127.0.0.1:${dynamodb.port}`,
    VOTE_REDIS_URL: `redis://127.0.0.1:${redis.port}`,
  };
}
