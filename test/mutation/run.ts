import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { instrumentedCopy } from "./instrument.js";
import { type Room, rooms } from "./rooms.js";
import type { Happened, Mutant, MutationTask, Status } from "./task.js";

/** Without a word for so long, a worker is in a loop that no test can end. */
const silentMs = 420_000;

/** The worker's CPU time in seconds, where the system says. */
function cpuSeconds(pid: number | undefined): number {
  const path = `/proc/${pid}/stat`;
  if (!fs.existsSync(path)) return 0;
  const fields = fs.readFileSync(path, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Runs a worker until it ends or hangs. @returns the lines of what happened so far */
async function runWorker(copy: string, task: MutationTask): Promise<Happened[]> {
  const env = { ...process.env, VOTE_SKIP_ENSURE: "1", VOTE_MUTATION: JSON.stringify(task) };
  const vitest = ["node_modules/vitest/vitest.mjs", "run", "--config"];
  const config = "test/mutation/vitest.config.js";
  const worker = spawn("node", [...vitest, config], { cwd: copy, env, stdio: "ignore" });
  const seen = { size: 0, cpu: 0, at: Date.now() };
  const watch = setInterval(() => {
    const { size } = fs.statSync(task.results);
    const cpu = cpuSeconds(worker.pid);
    if (size !== seen.size) Object.assign(seen, { size, cpu, at: Date.now() });
    const isBusy = fs.existsSync(task.coverage) && cpu - seen.cpu > 20;
    if (isBusy || Date.now() - seen.at > silentMs) worker.kill("SIGKILL");
  }, 1_000);
  await once(worker, "exit");
  clearInterval(watch);
  const lines = fs.readFileSync(task.results, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Happened);
}

/** After a mutant that spoiled the process, those before it, back to the last check, run again. */
function withoutSpoiled(happened: readonly Happened[]): Happened[] {
  const from = happened.findLastIndex(({ check }) => check === "ok");
  return happened.filter(({ status }, index) => index <= from || status !== "killed");
}

async function measure(root: string, room: Room): Promise<void> {
  const copy = fs.mkdtempSync(join(tmpdir(), "vote-mutation-"));
  const mutants = await instrumentedCopy(root, copy, room);
  const at = (name: string) => join(copy, name);
  fs.writeFileSync(at("mutants.json"), JSON.stringify(mutants));
  fs.writeFileSync(at("results"), "");
  const unit = fs.readdirSync(at("test/unit"), { recursive: true, encoding: "utf8" });
  const paths = unit.map((name) => at(`test/unit/${name}`));
  const files = paths.filter((path) => path.endsWith(".test.ts") && room.tests.test(path));
  const task = { files, results: at("results"), coverage: at("coverage.json") };
  for (let checkEvery = 10; ; ) {
    const happened = await runWorker(copy, { ...task, mutants: at("mutants.json"), checkEvery });
    const last = happened.at(-1);
    if (last === undefined || last.end) break;
    if (last.start !== undefined) {
      fs.appendFileSync(task.results, `${JSON.stringify({ id: last.start, status: "timeout" })}\n`);
    } else if (last.check !== undefined && checkEvery > 1) {
      const kept = withoutSpoiled(happened).map((one) => `${JSON.stringify(one)}\n`);
      fs.writeFileSync(task.results, kept.join(""));
      checkEvery = 1;
      continue;
    }
    checkEvery = 10;
  }
  report(room, mutants, fs.readFileSync(task.results, "utf8"));
  fs.rmSync(copy, { recursive: true });
}

function report(room: Room, mutants: readonly Mutant[], results: string): void {
  const happened = results
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Happened);
  const broken = happened.find((one) => one.broken !== undefined);
  if (broken !== undefined) throw new Error(`${room.name}, without a mutant: ${broken.broken}`);
  const statuses = new Map<string, Status>();
  for (const { id, status } of happened) {
    if (id !== undefined && status !== undefined) statuses.set(id, status);
  }
  const count = (...wanted: Status[]) =>
    [...statuses.values()].filter((status) => wanted.includes(status)).length;
  const killed = count("killed", "timeout");
  const all = killed + count("survived", "uncovered");
  const score = ((100 * killed) / Math.max(1, all)).toFixed(1);
  console.log(`${room.name}: ${killed} of ${all} found, ${score} %`);
  for (const { id, fileName, location, mutatorName, replacement } of mutants) {
    const status = statuses.get(id);
    if (status !== "survived" && status !== "uncovered") continue;
    const place = `${fileName}:${location.start.line + 1}:${location.start.column + 1}`;
    console.log(`  ${status} ${place} ${mutatorName}: ${replacement.replace(/\s+/g, " ")}`);
  }
}

const asked = process.argv.slice(2);
for (const name of asked) {
  if (rooms.some((room) => room.name === name)) continue;
  throw new Error(`There is no room ${name}: ${rooms.map((room) => room.name).join(", ")}.`);
}
for (const room of rooms) {
  if (asked.length === 0 || asked.includes(room.name)) await measure(process.cwd(), room);
}
