import { execFile, type PromiseWithChild } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { VoteError } from "../../core/errors.js";
import { noWatch, type WorkWatch } from "../../telemetry/work-watch.js";
import { every, systemClock } from "../../time/clock.js";
import type { Artifact } from "./versions.js";

const run = promisify(execFile);
/** What Maven may say: a line or two for each file. */
const maxBuffer = 2 ** 25;

/** Jar files and native libraries in the order that Java searches them. */
export type Classpath = readonly string[];

/**
 * Returns the class path found earlier for exactly these artifacts, if all its files still exist.
 */
export async function cachedClasspath(wanted: readonly Artifact[]): Promise<Classpath | undefined> {
  const text = await readFile(cacheFile(wanted), "utf8").catch(() => "");
  const classpath = text.trim().split(delimiter);
  return text !== "" && classpath.every((path) => existsSync(path)) ? classpath : undefined;
}

/**
 * Lets Maven fetch artifacts, from wherever its settings say, and remembers their paths.
 *
 * @param name what they are for: "kafka"
 * @param watch hears of each file
 * @throws VoteError `dependency-missing` with what Maven said
 */
export async function resolveClasspath(
  name: string,
  wanted: readonly Artifact[],
  maven: string,
  watch = noWatch,
): Promise<Classpath> {
  const scratch = await mkdtemp(join(tmpdir(), "vote-maven-"));
  try {
    const pom = join(scratch, "pom.xml");
    const output = join(scratch, "classpath.txt");
    await writeFile(pom, pomOf(name, wanted));
    const goal = ["dependency:build-classpath", `-Dmdep.outputFile=${output}`];
    await fetching(run(maven, ["-B", "-f", pom, ...goal], { maxBuffer }), name, watch);
    const text = await readFile(output, "utf8");
    await remember(wanted, text);
    return text.trim().split(delimiter);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Tells of each file that Maven says it has fetched. @throws VoteError `dependency-missing` */
async function fetching(
  running: PromiseWithChild<unknown>,
  name: string,
  watch: WorkWatch,
): Promise<void> {
  watch.begin(`Maven fetches ${name}`, undefined, "files");
  // A large file takes its time.
  const stop = every(systemClock, 1_000, () => void watch.done(0));
  if (running.child.stdout !== null) {
    createInterface({ input: running.child.stdout }).on("line", (line) => {
      if (line.includes("Downloaded from ")) void watch.done(1);
    });
  }
  try {
    await running;
  } catch (error) {
    throw mavenFailed(name, error as { stdout?: string; message: string });
  } finally {
    stop();
    watch.end();
  }
}

/** A file in the user's cache folder, named by the versions. */
function cacheFile(wanted: readonly Artifact[]): string {
  const base = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const pins = wanted.map(([, name, version]) => `${name}-${version}`).join("-");
  return join(base, "vote", `classpath-${pins}.txt`);
}

/** Writes aside and renames, so that another start never reads half a file. */
async function remember(wanted: readonly Artifact[], text: string): Promise<void> {
  const path = cacheFile(wanted);
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(`${path}.${process.pid}`, text);
  await rename(`${path}.${process.pid}`, path);
}

function pomOf(name: string, wanted: readonly Artifact[]): string {
  const dependencies = wanted.map(
    ([group, artifact, version]) =>
      `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId>` +
      `<version>${version}</version></dependency>`,
  );
  return `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>vote</groupId><artifactId>services-${name}</artifactId><version>1</version>
  <dependencies>${dependencies.join("")}</dependencies>
</project>
`;
}

function mavenFailed(name: string, error: { stdout?: string; message: string }): VoteError {
  const said = (error.stdout || error.message).split("\n").filter((line) => line.trim() !== "");
  const first = said.find((line) => line.includes("ERROR")) ?? said[0] ?? "";
  const detail = `Maven could not fetch ${name}: ${first.slice(0, 400)}`;
  const hint = "Check the network and Maven's settings (a proxy or a mirror), then try again.";
  return new VoteError("dependency-missing", detail, { hint, cause: error });
}
