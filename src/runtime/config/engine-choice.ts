import { join, resolve } from "node:path";
import type { EngineName } from "../contracts/config/vote-yaml.js";
import type { Engine } from "../wiring/engine.js";
import type { EngineOptions } from "../wiring/options.js";
import { clusterConfig, configuredEngine } from "./cluster-config.js";
import { type DevWish, runningDev } from "./dev-state.js";

/** What the command line says about the engine. The rest is looked up. */
export interface EngineFlags extends DevWish {
  readonly engine?: EngineName;
  readonly config?: string;
}

/** A settled engine: several processes can open the very same one. */
export interface EngineChoice {
  readonly engine: EngineName;
  /** Holds everything of the embedded engine; keys and snapshots of a cluster. */
  readonly dataDir: string;
  readonly config?: string;
}

/**
 * Chooses a command's engine and data directory: by flags and environment, else those of a running
 * `vote dev`, else vote.yaml's, else the embedded engine in `./.vote`.
 *
 * @throws VoteError `invalid-configuration`, or what `runningDev` throws
 */
export async function chooseEngine(flags: EngineFlags): Promise<EngineChoice> {
  const given = flags["data-dir"];
  const dev = given === undefined ? await runningDev(flags) : undefined;
  const config = flags.config ?? dev?.config;
  const engine = flags.engine ?? dev?.engine ?? (await configuredEngine({ config })) ?? "embedded";
  return {
    engine,
    dataDir: resolve(given ?? dev?.dataDir ?? ".vote"),
    ...(config === undefined ? {} : { config: resolve(config) }),
  };
}

/**
 * Chooses the engine of a command that runs a system of its own: a running `vote dev` is ignored.
 *
 * @throws VoteError `invalid-configuration`
 */
export async function ownEngine(
  flags: Pick<EngineFlags, "engine" | "config">,
): Promise<Pick<EngineChoice, "engine" | "config">> {
  const { config } = flags;
  const engine = flags.engine ?? (await configuredEngine({ config })) ?? "embedded";
  return { engine, ...(config === undefined ? {} : { config: resolve(config) }) };
}

/** Where the choice's keys lie: on this machine, whatever the engine. */
export function keysDirOf({ dataDir }: EngineChoice): string {
  return join(dataDir, "keys");
}

/** The choice as `openEngine` takes it. @throws VoteError `invalid-configuration`, `not-running` */
export async function engineOptions(choice: EngineChoice): Promise<EngineOptions> {
  const { engine, dataDir, config } = choice;
  if (engine === "embedded") return { engine, dataDir };
  const folders = { keysDir: keysDirOf(choice), snapshotsDir: join(dataDir, "snapshots") };
  return { engine, cluster: await clusterConfig({ config }), ...folders };
}

/**
 * Opens the engine for a command that sets up everything itself: first creates what a cluster
 * lacks. A directory needs nothing.
 *
 * @throws VoteError as `engineOptions` and `openEngine` do
 */
export async function openOwnEngine(choice: EngineChoice): Promise<Engine> {
  const options = await engineOptions(choice);
  const { openEngine } = await import("../wiring/engine.js");
  if (options.engine === "cluster") {
    const { prepareCluster } = await import("../wiring/cluster-settings.js");
    await prepareCluster(options.cluster, "create");
  }
  return openEngine(options);
}

/**
 * Arguments that make a role believe the tokens of the data directory's own secret, and not those
 * of the issuers in vote.yaml. The secret has to be there.
 */
export function ownTokensArgs(choice: EngineChoice): string[] {
  return ["--token-secret-file", join(keysDirOf(choice), "token.secret")];
}

/** Arguments that make a role open the same engine. */
export function engineArgs({ engine, dataDir, config }: EngineChoice): string[] {
  const named = config === undefined ? [] : ["--config", config];
  return ["--engine", engine, "--data-dir", dataDir, ...named];
}
