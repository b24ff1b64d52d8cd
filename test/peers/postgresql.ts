import { spawn } from "node:child_process";
import { once } from "node:events";
import { chown, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { hostFacts } from "../../src/runtime/telemetry/host.js";

/**
 * The design with a unique key: a table of voters in PostgreSQL, durable commits, its own pgbench
 * as the client on the same cores. One vote a transaction, as a web server writes it; then 10,000
 * new voters in one statement with the counts in the same transaction, made by the server itself.
 *
 *   npx tsx test/peers/postgresql.ts --bin /usr/lib/postgresql/15/bin --seconds 15
 *
 * Wants Debian's postgresql. As root, the server runs as the user `postgres`.
 */
const { values } = parseArgs({
  options: {
    bin: { type: "string", default: "/usr/lib/postgresql/15/bin" },
    seconds: { type: "string", default: "15" },
    clients: { type: "string", default: "64" },
  },
});

const schema = `
  create table votes (voter uuid primary key, choice int not null);
  create table counts (choice int primary key, votes bigint not null);
  insert into counts select choice, 0 from generate_series(0, 4) choice;`;

const builds = {
  "one vote a transaction": {
    votesEach: 1,
    script: `insert into votes values (gen_random_uuid(), (random() * 4)::int)
  on conflict do nothing;`,
  },
  "10,000 votes a transaction": {
    votesEach: 10_000,
    script: `with fresh as (
  insert into votes select gen_random_uuid(), (random() * 4)::int from generate_series(1, 10000)
  on conflict do nothing returning choice
) update counts set votes = votes + n
  from (select choice, count(*) n from fresh group by choice) sums
  where sums.choice = counts.choice;`,
  },
} as const;

const user = process.getuid?.() === 0 ? await postgresUser() : {};
const dir = await mkdtemp(join(tmpdir(), "vote-postgresql-"));
const data = join(dir, "data");
if (user.uid !== undefined && user.gid !== undefined) await chown(dir, user.uid, user.gid);
await ended(program("initdb", "-D", data, "-U", "vote", "--auth", "trust", "--no-sync"));
const server = program("postgres", "-D", data, "-k", dir, "-c", "listen_addresses=");
try {
  const connection = ["-h", dir, "-U", "vote"];
  const isReady = () =>
    ended(program("pg_isready", ...connection)).then(
      () => true,
      () => false,
    );
  while (!(await isReady())) await new Promise((resolve) => setTimeout(resolve, 200));
  const sql = (text: string) => ended(program("psql", ...connection, "-c", text, "postgres"));
  const rows = [];
  for (const [build, { votesEach, script }] of Object.entries(builds)) {
    await sql(`drop table if exists votes, counts; ${schema}`);
    const file = join(dir, "script.sql");
    await writeFile(file, script, { mode: 0o644 });
    const load = ["-n", "-M", "prepared", "-f", file, "-T", values.seconds];
    const clients = votesEach === 1 ? values.clients : "2";
    const before = await cpuSeconds();
    const output = await ended(
      program("pgbench", ...connection, ...load, "-c", clients, "postgres"),
    );
    const cpu = (await cpuSeconds()) - before;
    const figure = (pattern: RegExp) => Number(pattern.exec(output)?.[1]);
    const votes = figure(/actually processed: (\d+)/) * votesEach;
    const votesPerSecond = Math.round(figure(/tps = ([\d.]+)/) * votesEach);
    rows.push({ build, votes, votesPerSecond, votesPerCpuSecond: Math.round(votes / cpu) });
  }
  console.table(rows);
  console.log(JSON.stringify({ rows, host: hostFacts() }));
} finally {
  server.kill("SIGINT");
  await once(server, "close");
  await rm(dir, { recursive: true, force: true });
}

function program(name: string, ...args: string[]) {
  return spawn(join(values.bin, name), args, { ...user, cwd: dir });
}

async function ended(child: ReturnType<typeof program>): Promise<string> {
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      output += chunk;
    });
  }
  const [code] = (await once(child, "close")) as [number];
  if (code !== 0) throw new Error(`${child.spawnfile} ended with ${code}: ${output}`);
  return output;
}

async function postgresUser(): Promise<{ uid?: number; gid?: number }> {
  const entry = /^postgres:[^:]*:(\d+):(\d+):/m.exec(await readFile("/etc/passwd", "utf8"));
  return entry === null ? {} : { uid: Number(entry[1]), gid: Number(entry[2]) };
}

/** What the server and its processes, ended ones too, and the ended programs here have taken. */
async function cpuSeconds(): Promise<number> {
  let ticks = 0;
  for (const pid of await readdir("/proc")) {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [user, system, endedUser, endedSystem] = fields.slice(11, 15).map(Number);
    const parent = Number(fields[1]);
    if (Number(pid) === server.pid || parent === server.pid) ticks += user + system;
    if (Number(pid) === server.pid || Number(pid) === process.pid) ticks += endedUser + endedSystem;
  }
  return ticks / 100;
}
