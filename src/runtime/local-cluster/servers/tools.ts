import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { VoteError } from "../../core/errors.js";
import { oldestJava } from "./versions.js";

const run = promisify(execFile);

/** Programs that servers need. */
export interface Tool {
  readonly title: string;
  /** Names of the program; the first one found is used. */
  readonly programs: readonly string[];
  /** Name of its package, by package manager. */
  readonly packages: Readonly<Record<keyof typeof installers, string>>;
}

const installers = {
  "apt-get": "sudo apt-get install -y",
  dnf: "sudo dnf install -y",
  apk: "sudo apk add",
  brew: "brew install",
} as const;

const java: Tool = {
  title: `Java ${oldestJava} or later`,
  programs: ["java"],
  packages: {
    "apt-get": "openjdk-17-jre-headless",
    dnf: "java-21-openjdk-headless",
    apk: "openjdk17-jre-headless",
    brew: "openjdk",
  },
};

const maven: Tool = {
  title: "Maven",
  programs: ["mvn"],
  packages: { "apt-get": "maven", dnf: "maven", apk: "maven", brew: "maven" },
};

const redis: Tool = {
  title: "redis-server or valkey-server",
  programs: ["redis-server", "valkey-server"],
  packages: { "apt-get": "redis-server", dnf: "valkey", apk: "valkey", brew: "valkey" },
};

const tools = { java, maven, redis };
export type ToolName = keyof typeof tools;

/** Paths of the programs, by tool. */
export type FoundTools = Readonly<Record<ToolName, string>>;

/**
 * Finds the tools; the error names all that are missing.
 *
 * @throws VoteError `dependency-missing`; its hint is the command that installs them
 */
export async function findTools(
  wanted: readonly ToolName[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<FoundTools> {
  const found: Record<ToolName, string> = { java: "", maven: "", redis: "" };
  const missing: ToolName[] = [];
  for (const name of wanted) {
    const path = name === "java" ? await findJava(env) : findProgram(tools[name].programs, env);
    if (path === undefined) missing.push(name);
    else found[name] = path;
  }
  if (missing.length === 0) return found;
  const titles = missing.map((name) => tools[name].title).join(", ");
  throw new VoteError("dependency-missing", `This machine lacks: ${titles}.`, {
    hint: `Install with: ${installCommand(missing, env)}; or run compose/compose.yaml with Docker.`,
  });
}

function installCommand(missing: readonly ToolName[], env: NodeJS.ProcessEnv): string {
  const managers = Object.keys(installers) as (keyof typeof installers)[];
  const manager = managers.find((name) => findProgram([name], env) !== undefined) ?? "apt-get";
  const packages = missing.map((name) => tools[name].packages[manager]).join(" ");
  return `${installers[manager]} ${packages}`;
}

/** Finds the first of these programs on the path. */
export function findProgram(names: readonly string[], env: NodeJS.ProcessEnv): string | undefined {
  const folders = (env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

/** Whether this user may run the file. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Finds a Java that is new enough: JAVA_HOME's, else the path's. */
async function findJava(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const home = env.JAVA_HOME ? join(env.JAVA_HOME, "bin", "java") : undefined;
  for (const path of [home, findProgram(java.programs, env)]) {
    if (path === undefined || !isExecutable(path)) continue;
    if ((await javaVersion(path)) >= oldestJava) return path;
  }
  return undefined;
}

/** Reads the major version: 17 from `openjdk version "17.0.15"`; 0 when it cannot tell. */
async function javaVersion(path: string): Promise<number> {
  try {
    const { stderr, stdout } = await run(path, ["-version"]);
    return Number(/version "(\d+)/.exec(stderr + stdout)?.[1] ?? 0);
  } catch {
    return 0;
  }
}
