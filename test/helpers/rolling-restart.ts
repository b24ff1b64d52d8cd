import { execFile, spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Outcome } from "../../src/runtime/chaos/audit/account.js";
import { reconcile } from "../../src/runtime/chaos/audit/audit.js";
import { until } from "../../src/runtime/chaos/scene/until.js";
import { VoterCrowd } from "../../src/runtime/chaos/scene/voter-crowd.js";
import type { Election } from "../../src/runtime/core/election.js";
import { closeElection } from "../../src/runtime/elections/closing.js";
import { clusterOf, environmentOf } from "../../src/runtime/local-cluster/access.js";
import type { Services } from "../../src/runtime/local-cluster/services.js";
import {
  type Role,
  type RoleProcess,
  untilReady,
} from "../../src/runtime/processes/role-process.js";
import { waitForSeals } from "../../src/runtime/recount/wait-for-seals.js";
import { prepareCluster } from "../../src/runtime/wiring/cluster-settings.js";
import { type Engine, openEngine } from "../../src/runtime/wiring/engine.js";

/** A built program: its folder, with `bin/run.js`. */
export interface Build {
  readonly name: string;
  readonly folder: string;
}

/** Where the elections are: what every program is told, and how this process opens it. */
export interface Stores {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  open(): Promise<Engine>;
}

export interface RollingOptions {
  /** Creates the elections, and runs every role at first. */
  readonly before: Build;
  /** Takes over from it, role after role. */
  readonly after: Build;
  /** Whether it then hands back, in the same order. */
  readonly back: boolean;
  readonly stores: Stores;
  /** An empty directory for everybody's files. */
  readonly directory: string;
  /** At least so many ballots are acknowledged by each crowd between two replacements. */
  readonly ballotsBetween: number;
  /** Further flags of `vote election create`. */
  readonly createFlags?: readonly string[];
  /** Hears of each step, one line each. */
  readonly onStep: (what: string) => void;
}

/** What became of one election. */
export interface Rolled extends Outcome {
  readonly election: string;
  readonly repeated: number;
  /** Whatever is not as promised, the lost and the double included. */
  readonly problems: readonly string[];
}

/** One votes in gateways' batches, the other one by one with the voters' own tokens. */
const crowds = [
  { id: "batches", ballotsPerRequest: 15 },
  { id: "singles", ballotsPerRequest: 1 },
] as const;
const candidates = ["ana", "bruno", "clara"];
const readyWithinMs = 90_000;

/** One data directory that every process opens. */
export function embeddedStores(directory: string): Stores {
  const dataDir = join(directory, "data");
  return {
    args: ["--data-dir", dataDir],
    env: {},
    open: () => openEngine({ engine: "embedded", dataDir }),
  };
}

/** Real servers, with tables for all that is to come. */
export async function clusterStores(services: Services, directory: string): Promise<Stores> {
  const cluster = clusterOf(services);
  await prepareCluster(cluster, "create");
  const config = join(directory, "vote.yaml");
  await writeFile(config, "engine: cluster\n");
  return {
    args: ["--engine", "cluster", "--config", config, "--data-dir", directory],
    env: environmentOf(services),
    open: () => openEngine({ engine: "cluster", cluster, keysDir: join(directory, "keys") }),
  };
}

const environment = (directory: string, stores: Stores) => ({
  ...process.env,
  VOTE_SKIP_ENSURE: "1",
  VOTE_STOP_WITH_PARENT: "1",
  XDG_STATE_HOME: join(directory, "state"),
  XDG_CONFIG_HOME: join(directory, "configuration"),
  ...stores.env,
});

/** Where one process of a role runs: its address stays, its build changes. */
class Place {
  readonly role: Role;
  readonly #directory: string;
  readonly #stores: Stores;
  #port = "0";
  #running: RoleProcess | undefined;

  constructor(role: Role, { directory, stores }: RollingOptions) {
    this.role = role;
    this.#directory = directory;
    this.#stores = stores;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start({ folder }: Build): Promise<void> {
    const own = this.role === "tally" ? [] : ["--port", this.#port];
    const args = [this.role, "--json", ...this.#stores.args, ...own];
    const child = spawn(process.execPath, [join(folder, "bin", "run.js"), ...args], {
      stdio: ["pipe", "pipe", "pipe"],
      env: environment(this.#directory, this.#stores),
    });
    child.stdin.on("error", () => {});
    const log = join(this.#directory, "roles.log");
    child.stderr.on("data", (chunk: Buffer) => appendFileSync(log, chunk));
    this.#running = await untilReady(child, this.role, readyWithinMs);
    const { url } = this.#running;
    if (url !== undefined) this.#port = new URL(url).port;
  }

  /** Ends it as an operator does, and starts another build in its place. */
  async replace(build: Build): Promise<void> {
    const code = await this.#running?.stop();
    if (code !== 0) throw new Error(`${this.role} ended with ${code}`);
    await this.start(build);
  }

  async kill(): Promise<void> {
    await this.#running?.stop("SIGKILL");
  }
}

/** Runs a command of a build, over the same data. @throws Error with what it said */
async function run(
  { folder }: Build,
  { directory, stores }: RollingOptions,
  ...args: string[]
): Promise<void> {
  const program = join(folder, "bin", "run.js");
  await promisify(execFile)(process.execPath, [program, ...args, ...stores.args], {
    env: environment(directory, stores),
  });
}

/**
 * Lets two elections be voted in while two ingests, two tallies and a serve are replaced one after
 * another by the other build, and checks every ballot at the end. Both builds recount both.
 *
 * @throws VoteError what a build said that does not take the other one's data
 */
export async function rollingRestart(options: RollingOptions): Promise<Rolled[]> {
  const { before, after, stores, createFlags = [], onStep } = options;
  for (const { id } of crowds) {
    const names = candidates.flatMap((name) => ["--candidate", name]);
    const create = ["election", "create", id, "--title", id, "--partitions", "4"];
    await run(before, options, ...create, ...names, ...createFlags);
    await run(before, options, "election", "open", id);
  }
  const engine = await stores.open();
  const roles = ["ingest", "ingest", "tally", "tally", "serve"] as const;
  const places = roles.map((role) => new Place(role, options));
  const voting: VoterCrowd[] = [];
  try {
    await Promise.all(places.map((place) => place.start(before)));
    voting.push(
      ...(await startCrowds(
        engine,
        places.filter(({ role }) => role === "ingest"),
      )),
    );
    await replaceAll(options, engine, places, voting);
    onStep("closing both elections, and checking every ballot");
    await Promise.all(voting.map((crowd) => crowd.stop()));
    const rolled: Rolled[] = [];
    for (const [index, { id }] of crowds.entries()) {
      rolled.push(await check(engine, id, voting[index]));
      for (const build of new Set([before, after])) {
        await run(build, options, "recount", "--election", id, "--no-certify");
      }
    }
    return rolled;
  } finally {
    await Promise.all(voting.map((crowd) => crowd.abandon()));
    await Promise.all(places.map((place) => place.kill()));
    await engine.close();
  }
}

async function startCrowds(engine: Engine, ingests: readonly Place[]): Promise<VoterCrowd[]> {
  const secret = await engine.keys.tokenSecret();
  let turn = 0;
  return crowds.map(({ id, ballotsPerRequest }, seed) => {
    // A ballot whose outcome is unknown is sent again to the other one, which is another build.
    const url = () => ingests[turn++ % ingests.length].url;
    const more = { workers: 2, ballotsPerRequest, pauseMs: 20 };
    const crowd = new VoterCrowd({ url, election: id, candidates, secret, seed, ...more });
    crowd.start();
    return crowd;
  });
}

/** Replaces each place by the later build, one after another, and then perhaps by the earlier. */
async function replaceAll(
  { before, after, back, ballotsBetween, onStep }: RollingOptions,
  engine: Engine,
  places: readonly Place[],
  voting: readonly VoterCrowd[],
): Promise<void> {
  await votesGoOn(engine, voting, ballotsBetween);
  const ways = back ? [after, before] : [after];
  for (const to of ways) {
    for (const place of places) {
      await place.replace(to);
      const answered = place.role === "tally" || (await fetch(`${place.url}/livez`)).ok;
      if (!answered) throw new Error(`${place.role} of ${to.name} does not answer`);
      await votesGoOn(engine, voting, ballotsBetween);
      const counts = voting.map(({ acknowledged }) => acknowledged.size).join(" + ");
      onStep(`${place.role} is ${to.name} now; ${counts} ballots acknowledged`);
    }
  }
}

/** Waits until each crowd has had so many more ballots acknowledged, and all those are decided. */
async function votesGoOn(
  { log, view }: Engine,
  voting: readonly VoterCrowd[],
  ballots: number,
): Promise<void> {
  for (const [index, { id }] of crowds.entries()) {
    const crowd = voting[index];
    const wanted = crowd.acknowledged.size + ballots;
    await until(`${ballots} more ballots in ${id}`, () => {
      if (crowd.refusals.length > 0) throw new Error(`${id}: ${crowd.refusals[0]}`);
      return crowd.acknowledged.size >= wanted;
    });
    const ends = await Promise.all([0, 1, 2, 3].map((partition) => log.end(id, partition)));
    await until(`every partition of ${id} to be decided up to ${ends.join(", ")}`, async () => {
      const { partitions } = await view.get(id);
      return ends.every((end, partition) => end <= (partitions[partition]?.position ?? 0));
    });
  }
}

async function check(engine: Engine, id: string, crowd: VoterCrowd): Promise<Rolled> {
  await closeElection(engine, id);
  const election = (await engine.registry.get(id)) as Election;
  const { ledger, log } = engine;
  await waitForSeals({ election, ledger, log, timeoutMs: 300_000 });
  const { acknowledged, decided, lost, double, problems } = await reconcile(
    engine,
    election,
    crowd,
  );
  const { repeated } = crowd;
  return { election: id, acknowledged, decided, lost, double, repeated, problems };
}
