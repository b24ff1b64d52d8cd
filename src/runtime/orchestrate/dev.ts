import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import { Ports } from "../services/ports.js";
import type { Engine } from "../wiring.js";
import { removeDevState, writeDevState } from "./config.js";
import type { EngineName } from "./config-file.js";
import { type DevelopmentTokens, developmentTokens } from "./development-tokens.js";
import { createAndStore, openElection } from "./elections.js";
import { type EngineChoice, engineArgs, openOwnEngine } from "./engine-choice.js";
import { type FinalTally, finalTally, untilTallied } from "./final-tally.js";
import { holdDataDirectory } from "./hold.js";
import { type Supervised, type SupervisorEvent, supervise } from "./supervise.js";

export interface DevOptions {
  readonly engine: EngineName;
  /** Of the cluster engine. Default: vote.yaml, or the `vote services` that run here. */
  readonly config?: string;
  /**
   * Kept afterwards. Without it: a temporary directory that goes away at the end; with a cluster,
   * which outlives this process and so needs its keys again, `./.vote`.
   */
  readonly dataDir?: string;
  /** Ingest listens here and serve on the next one; 0 takes free ones. */
  readonly port: number;
  readonly host: string;
  /** Of the roles. */
  readonly logLevel: string;
  readonly onEvent: (event: SupervisorEvent) => void;
}

export interface RunningDev {
  readonly dataDir: string;
  readonly temporary: boolean;
  readonly urls: { readonly ingest: string; readonly serve: string };
  readonly election: Election;
  readonly tokens: DevelopmentTokens;
  /** Process ids of the roles, as of now. */
  pids(): { readonly ingest: number; readonly tally: number; readonly serve: number };
  /** Drains in the data's order, so that every acknowledged ballot is in the final tally. */
  stop(): Promise<FinalTally>;
  /** At once: kills the roles and removes a temporary directory. */
  force(): void;
}

/** Acknowledged ballots not tallied by then are safe in the log, but not in the figures. */
const tallyWithinMs = 10_000;

/**
 * Starts every role as a process of its own over one data directory, with a sample election that is
 * open, and lets other commands find it.
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
  const release = await holdDataDirectory(dataDir);
  let announcing = Promise.resolve();
  const cleanUp = async () => {
    await announcing;
    await removeDevState(process.pid);
    await release();
    if (temporary) await rm(dataDir, { recursive: true, force: true });
  };
  let engine: Engine | undefined;
  try {
    engine = await openOwnEngine(choice);
    // The token secret first, so that roles and this process do not each try to make it.
    const tokens = await developmentTokens(engine, Date.now());
    let announce = async () => {};
    const changed = new Map<string, number | undefined>();
    const onEvent = (event: SupervisorEvent) => {
      options.onEvent(event);
      // Whoever wants to hit a role has to know its process.
      changed.set(event.role, event.event === "role-restarted" ? event.pid : undefined);
      announcing = announcing.then(announce).catch(() => {});
    };
    const [roles, election] = await Promise.all([
      startRoles({ ...options, onEvent }, choice),
      sampleElection(engine, Date.now()),
    ]);
    const urls = { ingest: roles.ingest.url ?? "", serve: roles.serve.url ?? "" };
    const state = { pid: process.pid, ...choice, urls, election: election.id };
    const first = pidsOf(roles);
    announce = () =>
      writeDevState({ ...state, pids: { ...first, ...Object.fromEntries(changed) } });
    await announce();
    return running({ dataDir, temporary, urls, election, tokens }, roles, engine, cleanUp);
  } catch (error) {
    await engine?.close();
    await cleanUp();
    throw error;
  }
}

interface Roles {
  readonly ingest: Supervised;
  readonly tally: Supervised;
  readonly serve: Supervised;
}

function pidsOf({ ingest, tally, serve }: Roles) {
  return { ingest: ingest.pid, tally: tally.pid, serve: serve.pid };
}

function running(
  facts: Pick<RunningDev, "dataDir" | "temporary" | "urls" | "election" | "tokens">,
  { ingest, tally, serve }: Roles,
  engine: Engine,
  cleanUp: () => Promise<void>,
): RunningDev {
  return {
    ...facts,
    pids: () => pidsOf({ ingest, tally, serve }),
    async stop() {
      await ingest.stop();
      await untilTallied(engine, facts.election, tallyWithinMs);
      await Promise.all([tally.stop(), serve.stop()]);
      const result = await finalTally(engine, facts.election);
      await engine.close();
      await cleanUp();
      return result;
    },
    force() {
      for (const role of [ingest, tally, serve]) role.kill();
      // The killed roles may still be there for a moment, with files of theirs.
      const patience = { recursive: true, force: true, maxRetries: 10, retryDelay: 20 };
      if (facts.temporary) rmSync(facts.dataDir, patience);
    },
  };
}

async function startRoles(options: DevOptions, choice: EngineChoice): Promise<Roles> {
  const { port, host, logLevel, onEvent } = options;
  const common = [...engineArgs(choice), "--log-level", logLevel];
  const at = await addressesOf(port, host);
  const listening = (role: "ingest" | "serve", more: readonly string[]) => {
    const address = ["--host", host, "--port", new URL(at[role]).port];
    const args = [...common, ...address, ...more];
    return supervise({ role, args }, () => args, onEvent);
  };
  const origins = [at.serve, at.serve.replace("//127.0.0.1:", "//localhost:")];
  const started = await Promise.allSettled([
    listening(
      "ingest",
      [...new Set(origins)].flatMap((origin) => ["--allow-origin", origin]),
    ),
    supervise({ role: "tally", args: common }, () => common, onEvent),
    listening("serve", ["--vote-url", at.ingest]),
  ]);
  const [ingest, tally, serve] = started.map((outcome) =>
    outcome.status === "fulfilled" ? outcome.value : undefined,
  );
  if (ingest !== undefined && tally !== undefined && serve !== undefined) {
    return { ingest, tally, serve };
  }
  await Promise.all([ingest, tally, serve].map((role) => role?.stop()));
  const failed = started.find((outcome) => outcome.status === "rejected");
  throw withPortHint(failed?.reason, port);
}

/**
 * Where ingest and serve will be, before they are: each is told the other's address, because the
 * voting page that serve has sends its ballots to ingest.
 */
async function addressesOf(port: number, host: string) {
  const name = host.includes(":") ? `[${host}]` : host;
  const ports = new Ports();
  const [ingest, serve] =
    port === 0 ? [await ports.choose(), await ports.choose()] : [port, port + 1];
  return { ingest: `http://${name}:${ingest}`, serve: `http://${name}:${serve}` };
}

function withPortHint(error: unknown, port: number): unknown {
  if (!(error instanceof VoteError) || error.code !== "port-in-use") return error;
  return new VoteError("port-in-use", error.message, {
    hint: `Ingest takes --port ${port} and serve the next one: choose another --port, or --port 0.`,
    cause: error,
  });
}

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
 * The election `sample`, open; `sample-2` and on where that has been closed, or where its key lies
 * in the data directory of somebody else on the same cluster.
 */
async function sampleElection(engine: Engine, nowMs: number): Promise<Election> {
  for (let number = 1; ; number++) {
    const id = number === 1 ? "sample" : `sample-${number}`;
    const existing = await engine.registry.get(id);
    if (existing !== undefined && !(await hasKey(engine, existing))) continue;
    if (existing?.status === "open") return existing;
    if (existing !== undefined && existing.status !== "draft") continue;
    if (existing === undefined) await createAndStore(engine, { id, ...sample }, nowMs);
    return openElection(engine, id, nowMs);
  }
}

async function hasKey({ keys }: Engine, { keyId }: Election): Promise<boolean> {
  return keys.electionKey(keyId).then(
    () => true,
    () => false,
  );
}
