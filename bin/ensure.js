#!/usr/bin/env node
/**
 * Makes a fresh clone usable: installs what is missing, builds what is stale, says so, and is quick
 * when there is nothing to do. Only Node's own modules, because it runs before anything is there.
 * In an installed package (no src/) it does nothing.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { withLock } from "./lock.js";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stampFile = join(root, "dist", ".built");

/** Installs and builds as needed. Ends the process with 1 and an explanation if it cannot. */
export async function ensure() {
  if (process.env.VOTE_SKIP_ENSURE === "1" || !existsSync(join(root, "src"))) return;
  try {
    if (isInstalled() && isBuilt()) return;
    await withLock(join(root, ".ensure.lock"), say, async (heldBy) => {
      // Looked at again: another process may have done it while this one waited for the lock.
      if (!isInstalled()) await install(heldBy);
      if (!isBuilt()) await build(heldBy);
    });
  } catch (error) {
    process.stderr.write(`${error instanceof StepFailed ? error.message : error.stack}\n`);
    process.exit(1);
  }
}

class StepFailed extends Error {}

function say(text) {
  process.stderr.write(`vote: ${text}\n`);
}

/** Whether node_modules holds what the lock file asks for, by npm's own record of what it holds. */
function isInstalled() {
  const wanted = readJson(join(root, "package-lock.json"))?.packages ?? {};
  const present = readJson(join(root, "node_modules", ".package-lock.json"))?.packages;
  if (present === undefined) return false;
  return Object.entries(wanted).every(
    ([path, entry]) =>
      path === "" ||
      entry.optional === true ||
      entry.devOptional === true ||
      present[path]?.version === entry.version,
  );
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

async function install(heldBy) {
  say("installing packages (once, npm ci) ...");
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
  const npm = process.env.npm_execpath;
  const direct = npm !== undefined && /npm-cli\.[cm]?js$/.test(npm);
  const [command, allArgs] = direct ? [process.execPath, [npm, ...args]] : ["npm", args];
  await run(command, allArgs, {
    heldBy,
    what: "npm ci",
    hint: "Check the network and the npm registry, then run `npm ci --ignore-scripts` by hand.",
  });
}

/** Whether dist was built from exactly these sources: by path, size and time of change. */
function isBuilt() {
  try {
    return readFileSync(stampFile, "utf8") === fingerprint();
  } catch {
    return false;
  }
}

function fingerprint() {
  const hash = createHash("sha256");
  const files = [
    ...filesBelow(join(root, "src")),
    ...["package.json", "tsconfig.json"].map(inRoot),
  ];
  for (const path of files) {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${relative(root, path)} ${size} ${mtimeMs}\n`);
  }
  return hash.digest("hex");
}

function inRoot(name) {
  return join(root, name);
}

function filesBelow(directory) {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function build(heldBy) {
  say("building (tsc) ...");
  // Taken before: what changes while the compiler runs makes the next start build again.
  const before = fingerprint();
  removeOrphans();
  await run(process.execPath, [inRoot("node_modules/typescript/bin/tsc"), "-p", root], {
    heldBy,
    what: "The build",
    hint: "Mend what the compiler names above, then try again.",
  });
  await run(process.execPath, [inRoot("bin/manifest.js")], {
    heldBy,
    what: "Listing the commands",
    hint: "Mend what it names above, then try again.",
  });
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, before);
}

/** Outputs whose source is gone: a command file left in dist would still be a command. */
function removeOrphans() {
  const dist = inRoot("dist");
  if (!existsSync(dist)) return;
  for (const path of filesBelow(dist)) {
    if (!/\.js(\.map)?$/.test(path)) continue;
    const source = inRoot(join("src", relative(dist, path).replace(/\.js(\.map)?$/, "")));
    if (!existsSync(`${source}.ts`) && !existsSync(`${source}.tsx`)) rmSync(path);
  }
}

/** Runs quietly; on failure the output is shown. */
function run(command, args, { heldBy, what, hint }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    if (child.pid !== undefined) heldBy(child.pid);
    const output = [];
    child.stdout.on("data", (chunk) => output.push(chunk));
    child.stderr.on("data", (chunk) => output.push(chunk));
    const fail = (why) => reject(new StepFailed(`${why}\nError: ${what} failed.\nHint: ${hint}`));
    child.on("error", (error) => fail(error.message));
    child.on("close", (code) => {
      if (code === 0) resolve();
      else fail(Buffer.concat(output).toString("utf8").trimEnd());
    });
  });
}

if (process.argv[1] !== undefined && fileURLToPath(import.meta.url) === process.argv[1]) {
  await ensure();
}
