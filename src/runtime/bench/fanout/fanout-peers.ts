import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { VoteError } from "../../core/errors.js";
import { findProgram } from "../../local-cluster/servers/tools.js";
import { Ports } from "../../processes/ports.js";
import { forkScript } from "../scratch/fork-script.js";
import { type FanoutTarget, residentBytes } from "./fanout-measure.js";
import type { FanoutNodeOrder } from "./fanout-node.js";

/** The servers that `vote bench fanout --peer` can measure. */
const fanoutPeers = ["nchan", "node"] as const;
export type FanoutPeer = (typeof fanoutPeers)[number];

/** Options of `startPeer`. */
export interface PeerOptions {
  /** The data of one event, as serve sends it; its `"at"` is replaced by each tick's time. */
  readonly sample: string;
  readonly hz: number;
  readonly clients: number;
}

/** Starts another server that sends the same events at the same rate from one process. */
export function startPeer(peer: FanoutPeer, options: PeerOptions): Promise<FanoutTarget> {
  return peer === "nchan" ? startNchan(options) : startNode(options);
}

/** Splits the sample into the text before and after its time. */
function aroundTime(sample: string): [string, string] {
  const [before, after] = sample.split(/(?<="at":)\d{13}/);
  return [before, after];
}

async function startNode({ sample, hz }: PeerOptions): Promise<FanoutTarget> {
  const child = forkScript("fanout/fanout-node");
  const [before, after] = aroundTime(sample);
  const event = "event: delta\nid: 1000-01234567\ndata: ";
  const order: FanoutNodeOrder = {
    before: `${event}${before}`,
    after: `${after}\n\n`,
    everyMs: 1_000 / hz,
  };
  child.send(order);
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  const pids = [child.pid ?? 0];
  return {
    host: "127.0.0.1",
    port,
    path: "/",
    pids,
    memoryBefore: await residentBytes(pids),
    stop: () => ended(child),
  };
}

/** Where distributions put the module. */
const moduleFolders = ["/usr/lib/nginx/modules", "/usr/lib64/nginx/modules"];
const moduleFile = "ngx_nchan_module.so";
const startTimeoutMs = 10_000;

async function startNchan({ sample, hz, clients }: PeerOptions): Promise<FanoutTarget> {
  // Debian installs it outside of users' PATH.
  const path = [process.env.PATH, "/usr/sbin"].join(delimiter);
  const program = findProgram(["nginx"], { PATH: path });
  const module = moduleFolders.map((one) => join(one, moduleFile)).find((one) => existsSync(one));
  if (program === undefined || module === undefined) {
    throw new VoteError("dependency-missing", "This machine lacks nginx with Nchan.", {
      hint: "Install with: sudo apt-get install -y nginx-light libnginx-mod-nchan",
    });
  }
  const folder = await mkdtemp(join(tmpdir(), "vote-nchan-"));
  const port = await new Ports().choose();
  const file = join(folder, "nginx.conf");
  await writeFile(file, nchanConfiguration({ folder, module, port, clients }));
  const child = spawn(program, ["-c", file, "-p", folder, "-e", join(folder, "error.log")], {
    stdio: "ignore",
  });
  const stop = async () => {
    await ended(child);
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  try {
    const worker = await workerOf(child, port);
    const stopTicks = publish(port, sample, hz);
    return {
      host: "127.0.0.1",
      port,
      path: "/sub",
      pids: [worker],
      memoryBefore: await residentBytes([worker]),
      stop: () => stop().finally(stopTicks),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function nchanConfiguration(options: {
  readonly folder: string;
  readonly module: string;
  readonly port: number;
  readonly clients: number;
}): string {
  const { folder, module, port, clients } = options;
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `load_module ${module};
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log warn;
events { worker_connections ${clients + 256}; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join("\n  ")}
  nchan_shared_memory_size 128M;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location = /pub {
      nchan_publisher;
      nchan_channel_id bench;
      nchan_message_buffer_length 4;
      nchan_message_timeout 10s;
    }
    location = /sub {
      nchan_subscriber eventsource;
      nchan_channel_id bench;
      nchan_subscriber_first_message newest;
    }
  }
}
`;
}

/** Finds the process that holds the connections: the only child of the one started. */
async function workerOf(child: ChildProcess, port: number): Promise<number> {
  const end = performance.now() + startTimeoutMs;
  while (child.exitCode === null && performance.now() < end) {
    const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").catch(
      () => "",
    );
    const answers = await fetch(`http://127.0.0.1:${port}/pub`).catch(() => undefined);
    if (children.trim() !== "" && answers !== undefined) return Number(children.trim());
    await sleep(20);
  }
  throw new VoteError("not-running", "nginx did not start.");
}

/** Posts the sample at the rate until stopped. */
function publish(port: number, sample: string, hz: number): () => void {
  const [before, after] = aroundTime(sample);
  const timer = setInterval(() => {
    const body = `${before}${Date.now()}${after}`;
    const headers = { "x-eventsource-event": "delta" };
    fetch(`http://127.0.0.1:${port}/pub`, { method: "POST", headers, body })
      .then((answer) => answer.arrayBuffer())
      .catch(() => undefined);
  }, 1_000 / hz);
  return () => clearInterval(timer);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}
