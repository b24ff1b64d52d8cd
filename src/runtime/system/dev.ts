import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { portsHint, removeDevState, runningDevs, writeDevState } from "../config/dev-state.js";
import {
  type EngineChoice,
  engineArgs,
  openOwnEngine,
  ownTokensArgs,
} from "../config/engine-choice.js";
import type { RoleUrls } from "../contracts/config/dev-state.js";
import type { EngineName } from "../contracts/config/vote-yaml.js";
import type { Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import { createAndStore, openElection } from "../elections/elections.js";
import { type FinalTally, finalTally, untilTallied } from "../elections/final-tally.js";
import { lockDataDirectory } from "../processes/data-directory-lock.js";
import { Ports } from "../processes/ports.js";
import { allOrNone, startRole } from "../processes/role-process.js";
import { type Supervised, type SupervisorEvent, supervise } from "../processes/supervise.js";
import type { Engine } from "../wiring/engine.js";
import {
  type DevelopmentTokens,
  developmentTokens,
  linksFileOf,
  removeTokens,
  writeTokens,
} from "./development-tokens.js";

/** Options of `startDev`. */
export interface DevOptions {
  readonly engine: EngineName;
  /** Configuration of the cluster. Default: vote.yaml, or the `vote services` that run here. */
  readonly config?: string;
  /**
   * Kept afterwards. Default: a temporary directory, removed at the end; on a cluster, which
   * outlives this process and needs its keys again, `./.vote`.
   */
  readonly dataDir?: string;
  /** Port of ingest; serve and admin take the next two; 0 takes free ones. */
  readonly port: number;
  readonly host: string;
  /** Whether results become official by themselves once an election is closed. */
  readonly certify: boolean;
  /** Log level of the roles. */
  readonly logLevel: string;
  readonly onEvent: (event: SupervisorEvent) => void;
}

/** A system that `vote dev` runs. */
export interface RunningDev {
  readonly dataDir: string;
  readonly temporary: boolean;
  readonly urls: RoleUrls;
  /** Where Prometheus scrapes each role. */
  readonly metrics: ByRole<string>;
  readonly election: Election;
  readonly tokens: DevelopmentTokens;
  /** Current process ids of the roles. */
  pids(): ByRole<number>;
  /**
   * Drains the roles in the data's order, so that the final tally has every acknowledged ballot.
   */
  stop(): Promise<FinalTally>;
  /** Kills the roles and removes a temporary directory at once. */
  force(): void;
}

/** Acknowledged ballots that are not tallied in this time are safe in the log, but not shown. */
const tallyWithinMs = 10_000;

/**
 * Starts every role as a separate process over one data directory, opens a sample election, and
 * lets other commands find the system.
 *
 * @throws VoteError `port-in-use`, `data-directory-held`, `data-directory-unusable`,
 *   `data-directory-version`
 */
export async function startDev(options: DevOptions): Promise<RunningDev> {
  const { engine: name, config } = options;
  const temporary = options.dataDir === undefined && name === "embedded";
  const dataDir = temporary
    ? await mkdtemp(join(tmpdir(), "vote-dev-"))
    : resolve(options.dataDir ?? ".vote");
  const choice = { engine: name, dataDir, ...(config === undefined ? {} : { config }) };
  const release = await lockDataDirectory(dataDir);
  let announcing = Promise.resolve();
  const cleanUp = async () => {
    await announcing;
    await removeDevState(process.pid);
    await removeTokens(dataDir);
    await release();
    if (temporary) await rm(dataDir, { recursive: true, force: true });
  };
  let engine: Engine | undefined;
  try {
    engine = await openOwnEngine(choice);
    // Makes the token secret first, so that the roles do not all try to.
    await engine.keys.tokenSecret();
    let announce = async () => {};
    const changed = new Map<string, number | undefined>();
    const onEvent = (event: SupervisorEvent) => {
      options.onEvent(event);
      // Faults and tests need the current process of each role.
      changed.set(event.role, event.event === "role-restarted" ? event.pid : undefined);
      announcing = announcing.then(announce).catch(() => {});
    };
    const [roles, election] = await Promise.all([
      startRoles({ ...options, onEvent }, choice),
      sampleElection(engine, Date.now()),
    ]);
    const tokens = await developmentTokens(engine, election.id, Date.now());
    await writeTokens(dataDir, tokens, election.id);
    const urls = ofRoles(roles, ({ url }) => url ?? "");
    const adminToken = tokens.admin;
    const metrics = ofRoles(roles, ({ metricsUrl }) => metricsUrl ?? "");
    const state = { pid: process.pid, ...choice, urls, adminToken, election: election.id };
    const first = ofRoles(roles, ({ pid }) => pid);
    announce = () =>
      writeDevState({ ...state, pids: { ...first, ...Object.fromEntries(changed) } });
    await announce();
    const facts = { dataDir, temporary, urls, metrics, election, tokens };
    return running(facts, roles, engine, cleanUp);
  } catch (error) {
    await engine?.close();
    await cleanUp();
    throw error;
  }
}

/** Something of each role; of the certifier only where one runs. */
type ByRole<T> = { readonly [role in keyof RoleUrls]: T };
type Roles = ByRole<Supervised>;

function ofRoles<T>(roles: Roles, what: (role: Supervised) => T): ByRole<T> {
  const { ingest, tally, serve, admin, certify } = roles;
  return {
    ingest: what(ingest),
    tally: what(tally),
    serve: what(serve),
    admin: what(admin),
    ...(certify === undefined ? {} : { certify: what(certify) }),
  };
}

function running(
  facts: Pick<RunningDev, "dataDir" | "temporary" | "urls" | "metrics" | "election" | "tokens">,
  roles: Roles,
  engine: Engine,
  cleanUp: () => Promise<void>,
): RunningDev {
  return {
    ...facts,
    pids: () => ofRoles(roles, ({ pid }) => pid),
    async stop() {
      const { ingest, tally, serve, admin, certify } = roles;
      await Promise.all([ingest.stop(), admin.stop(), certify?.stop()]);
      await untilTallied(engine, facts.election, tallyWithinMs);
      await Promise.all([tally.stop(), serve.stop()]);
      const result = await finalTally(engine, facts.election);
      await engine.close();
      await cleanUp();
      return result;
    },
    force() {
      for (const role of Object.values(roles)) role.kill();
      // Killed roles may hold their files for a moment longer.
      const patience = { recursive: true, force: true, maxRetries: 10, retryDelay: 20 };
      if (facts.temporary) rmSync(facts.dataDir, patience);
    },
  };
}

async function startRoles(options: DevOptions, choice: EngineChoice): Promise<Roles> {
  const { certify: certifying, port, host, logLevel, onEvent } = options;
  const common = [...engineArgs(choice), "--log-level", logLevel];
  const ports = new Ports();
  const at = await addressesOf(port, host, ports);
  const metrics = async () => [
    "--metrics-host",
    host,
    "--metrics-port",
    String(await ports.choose()),
  ];
  const listening = async (role: keyof typeof at, more: readonly string[] = []) => {
    const port = role === "tally" || role === "certify" ? "--status-port" : "--port";
    const address = ["--host", host, port, new URL(at[role]).port];
    const args = [...common, ...address, ...more];
    const start = () => startRole({ role, args });
    return supervise(await start(), start, onEvent);
  };
  const origins = [at.serve, at.serve.replace("//127.0.0.1:", "//localhost:")];
  const [ingest, tally, serve, admin, certify] = await allOrNone([
    listening("ingest", [
      ...ownTokensArgs(choice),
      ...(await metrics()),
      ...[...new Set(origins)].flatMap((origin) => ["--allow-origin", origin]),
    ]),
    listening("tally"),
    listening("serve", [
      ...["--vote-url", at.ingest, "--links-file", linksFileOf(choice.dataDir)],
      ...(await metrics()),
    ]),
    listening("admin", ownTokensArgs(choice)),
    ...(certifying ? [listening("certify")] : []),
  ]).catch((error: unknown) => {
    return withPortHint(error, port);
  });
  return { ingest, tally, serve, admin, ...(certifying ? { certify } : {}) };
}

/**
 * Chooses all addresses before the roles start, because serve and ingest need each other's: serve's
 * voting page sends its ballots to ingest. Tally and certifier take any port, which nobody has to
 * type.
 */
async function addressesOf(port: number, host: string, ports: Ports): Promise<Required<RoleUrls>> {
  const name = host.includes(":") ? `[${host}]` : host;
  const at = (number: number) => `http://${name}:${number}`;
  const next = async (offset: number) => at(port === 0 ? await ports.choose() : port + offset);
  return {
    ingest: await next(0),
    serve: await next(1),
    admin: await next(2),
    tally: at(await ports.choose()),
    certify: at(await ports.choose()),
  };
}

/** @throws the error; with the one who has the port, if it is another `vote dev` */
async function withPortHint(error: unknown, port: number): Promise<never> {
  if (!(error instanceof VoteError) || error.code !== "port-in-use") throw error;
  const hint = portsHint(port, await runningDevs());
  throw new VoteError("port-in-use", error.message, { hint, cause: error });
}

/** Who the election's trail says it was. */
const actor = "vote dev";

const sample = {
  title: "Which bird should be the mascot?",
  candidates: [
    { id: "owl", name: "Tawny owl" },
    { id: "robin", name: "European robin" },
    { id: "heron", name: "Grey heron" },
  ],
  partitions: 8,
};

/**
 * Opens the election `sample`, or `sample-2` and so on where that one is closed or its key lies in
 * another data directory of the same cluster.
 */
async function sampleElection(engine: Engine, nowMs: number): Promise<Election> {
  for (let number = 1; ; number++) {
    const id = number === 1 ? "sample" : `sample-${number}`;
    const existing = await engine.registry.get(id);
    if (existing !== undefined && !(await hasKey(engine, existing))) continue;
    if (existing?.status === "open") return existing;
    if (existing !== undefined && existing.status !== "draft") continue;
    if (existing === undefined) await createAndStore(engine, { id, ...sample }, nowMs, actor);
    return openElection(engine, id, nowMs, actor);
  }
}

async function hasKey({ keys }: Engine, election: Election): Promise<boolean> {
  return keys.electionKey(election).then(
    () => true,
    () => false,
  );
}
