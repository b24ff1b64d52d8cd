import { readFileSync, writeFileSync } from "node:fs";
import { localAdmin } from "../../../src/runtime/elections/local-admin.js";
import {
  allOrNone,
  type RoleProcess,
  startRole,
} from "../../../src/runtime/processes/role-process.js";
import { openEngine } from "../../../src/runtime/wiring/engine.js";
import type { Places } from "./places.js";
import { ask, choices, type Site } from "./site.js";

const roles = ["ingest", "serve", "tally"] as const;
type AttackedRole = (typeof roles)[number];

/** An ingest, a tally and a serve, each a process, over one directory with one open election. */
export interface Arena {
  readonly site: Site;
  /** The most memory that each has held, in MB, since the last call of `forgetPeaks`. */
  peaks(): Record<AttackedRole, number>;
  forgetPeaks(): void;
  /** The votes by candidate, in one read of the view, once these places are in it. */
  votes(places: Places): Promise<Record<string, number>>;
  stop(): Promise<void>;
}

export interface ArenaOptions {
  readonly dataDir: string;
  readonly ingestArgs: readonly string[];
}

const election = "attacked";
const by = "test";
const viewWithinMs = 120_000;

export async function openArena({ dataDir, ingestArgs }: ArenaOptions): Promise<Arena> {
  const engine = await openEngine({ engine: "embedded", dataDir });
  const secret = (await engine.keys.tokenSecret()).toString("hex");
  const admin = localAdmin(engine);
  const candidates = Object.entries(choices).map(([name, id]) => ({ id, name }));
  await admin.create({ id: election, title: "Attacked", candidates, partitions: 4 }, by);
  await admin.open(election, by);
  await engine.close();
  const shared = ["--data-dir", dataDir, "--log-level", "silent"];
  const own = {
    ingest: ["--port", "0", ...ingestArgs],
    serve: ["--port", "0"],
    tally: ["--status-port", "0"],
  };
  const running = await allOrNone(
    roles.map((role) => startRole({ role, args: [...shared, ...own[role]] })),
  );
  const portOf = ({ url = "" }: RoleProcess) => Number(new URL(url).port);
  const [ingest, serve, tally] = running;
  const ports = { ingest: portOf(ingest), serve: portOf(serve), tally: portOf(tally) };
  const pids = { ingest: ingest.pid, serve: serve.pid, tally: tally.pid };
  return {
    site: { election, ports, secret },
    peaks: () => ({
      ingest: peakMegabytes(pids.ingest),
      serve: peakMegabytes(pids.serve),
      tally: peakMegabytes(pids.tally),
    }),
    forgetPeaks() {
      // 5 resets the peak (proc_pid_clear_refs(5)).
      for (const pid of Object.values(pids)) writeFileSync(`/proc/${pid}/clear_refs`, "5");
    },
    votes: (places) => votesOf(ports.serve, places),
    async stop() {
      await Promise.all(running.map((role) => role.stop()));
    },
  };
}

/** @throws if the process has ended */
function peakMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024);
}

interface Result {
  readonly result: readonly { readonly candidate: string; readonly votes: number }[];
  readonly watermarks: readonly { readonly partition: number; readonly position: number }[];
}

async function votesOf(port: number, places: Places): Promise<Record<string, number>> {
  const path = `/v1/elections/${election}/result?detail=partitions`;
  const end = performance.now() + viewWithinMs;
  for (;;) {
    const answer = await ask({ port, path, method: "GET" });
    if (answer.status === 200) {
      const { result, watermarks } = JSON.parse(answer.body) as Result;
      if (watermarks.every(({ partition, position }) => position > (places[partition] ?? -1))) {
        return Object.fromEntries(result.map(({ candidate, votes }) => [candidate, votes]));
      }
    }
    if (performance.now() > end) throw new Error(`not in the view: ${answer.body}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
