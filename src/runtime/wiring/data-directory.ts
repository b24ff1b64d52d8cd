import { access, constants, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, VoteError } from "../core/errors.js";

/** Where the embedded engine keeps each part of an election. */
export interface DataDirectory {
  readonly root: string;
  readonly log: string;
  readonly ledger: string;
  readonly view: string;
  readonly keys: string;
  /** Holds nothing that cannot be made again. */
  readonly snapshots: string;
}

/** Incremented whenever older programs can no longer read what newer ones write. */
const dataDirectoryVersion = 2;
export const versionFile = "VERSION";
export const expectedVersion = `vote-data ${dataDirectoryVersion}\n`;
/** Stands in a directory that is still being written: no program, of any version, takes it. */
export const unfinishedVersion = `vote-data ${dataDirectoryVersion} unfinished\n`;

/**
 * Creates the directory if it is missing; otherwise checks that it can be used.
 *
 * @throws VoteError `data-directory-unusable` or `data-directory-version`
 */
export async function openDataDirectory(root: string): Promise<DataDirectory> {
  const directory = partsOf(root);
  try {
    for (const path of [directory.log, directory.ledger, directory.view]) {
      await mkdir(path, { recursive: true, mode: 0o700 });
    }
    await access(root, constants.R_OK | constants.W_OK | constants.X_OK);
    await checkVersion(root);
  } catch (cause) {
    if (cause instanceof VoteError) throw cause;
    const reason = messageOf(cause);
    throw new VoteError("data-directory-unusable", `Data directory ${root}: ${reason}.`, {
      hint: "Choose a directory that you can write to with --data-dir.",
      cause,
    });
  }
  return directory;
}

/**
 * Says where the parts of an existing directory are, and writes nothing.
 *
 * @throws VoteError `data-directory-unusable` or `data-directory-version`
 */
export async function existingDataDirectory(root: string): Promise<DataDirectory> {
  const version = await readFile(join(root, versionFile), "utf8").catch((cause: unknown) => {
    throw new VoteError("data-directory-unusable", `${root} is no data directory.`, {
      hint: "Name one with --data-dir, or make one with `vote election create`.",
      cause,
    });
  });
  requireVersion(root, version);
  return partsOf(root);
}

/**
 * Makes a directory, for its owner alone, into which something whole is to be written.
 *
 * @throws VoteError `invalid-usage` if there is something in it, or it cannot be made
 */
export async function makeEmptyDirectory(path: string): Promise<void> {
  const unusable = (what: string, cause?: unknown) =>
    new VoteError("invalid-usage", `${path} ${what}.`, {
      hint: "Name a directory that does not exist, or is empty.",
      cause,
    });
  const names = await mkdir(path, { recursive: true, mode: 0o700 })
    .then(() => readdir(path))
    .catch((cause: NodeJS.ErrnoException) => {
      throw unusable(`cannot be made (${cause.code})`, cause);
    });
  if (names.length > 0) throw unusable("is not empty");
}

function partsOf(root: string): DataDirectory {
  const at = (name: string) => join(root, name);
  const evidence = { log: at("log"), ledger: at("ledger"), view: at("view"), keys: at("keys") };
  return { root, ...evidence, snapshots: at("snapshots") };
}

async function checkVersion(root: string): Promise<void> {
  const path = join(root, versionFile);
  // "wx": of several processes starting at once, exactly one writes it.
  await writeFile(path, expectedVersion, { flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  const found = await readFile(path, "utf8");
  // Empty: another process is about to write it.
  if (found !== "") requireVersion(root, found);
}

/**
 * Refuses a directory that another version wrote, or that is not written to its end.
 *
 * @param found the content of its version file
 * @param hint what to do about another version
 * @throws VoteError `data-directory-unusable` or `data-directory-version`
 */
export function requireVersion(
  root: string,
  found: string,
  hint = "Use the program version that wrote it, or another --data-dir.",
): void {
  if (found === expectedVersion) return;
  if (found === unfinishedVersion) {
    const what = `Data directory ${root} is unfinished: its restoration has not come to its end.`;
    throw new VoteError("data-directory-unusable", what, {
      hint: "Unless `vote restore` still writes it, remove it, and restore it again.",
    });
  }
  throw new VoteError(
    "data-directory-version",
    `Data directory ${root} says "${found.trim().slice(0, 40)}"; this program reads ` +
      `"${expectedVersion.trim()}".`,
    { hint },
  );
}

/**
 * Copies the log, or the ledger with the registry, of a data directory into another: as of one
 * moment, while others write.
 *
 * @throws VoteError `data-directory-unusable` or `data-directory-version`
 */
export async function copyStore(part: "log" | "ledger", from: string, to: string): Promise<void> {
  const { copyEnvironment } = await import("../embedded/copy-environment.js");
  await copyEnvironment((await existingDataDirectory(from))[part], join(to, part));
}
