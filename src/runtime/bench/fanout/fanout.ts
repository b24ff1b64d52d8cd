import { setTimeout as sleep } from "node:timers/promises";
import { engineArgs } from "../../config/engine-choice.js";
import type { HostFacts } from "../../contracts/load/host-facts.js";
import type { Election } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import { rejectionReasons } from "../../core/formats/decision.js";
import { startRole } from "../../processes/role-process.js";
import { hostFacts } from "../../telemetry/host.js";
import type { WorkWatch } from "../../telemetry/work-watch.js";
import type { View } from "../../view/port.js";
import { scratchElection, withScratchEngine } from "../scratch/scratch.js";
import {
  type FanoutMeasurement,
  type FanoutTarget,
  measureFanout,
  requireFiles,
  residentBytes,
} from "./fanout-measure.js";
import { type FanoutPeer, startPeer } from "./fanout-peers.js";

/** Options of `benchFanout`. */
export interface FanoutBenchOptions {
  /** Numbers of simultaneous clients, measured one after another. */
  readonly clients: readonly number[];
  /** Events a second that each client gets. */
  readonly hz: number;
  /** How long each measurement lasts. */
  readonly seconds: number;
  /** Serve processes on one port. */
  readonly processes: number;
  /** Servers to compare with, at the largest number of clients. */
  readonly peers: readonly FanoutPeer[];
  /** How often serve and peers take turns at the largest number of clients; medians count. */
  readonly rounds: number;
  /** Hears how far it has come. */
  readonly watch?: WorkWatch;
}

interface FanoutBenchRecord
  extends FanoutMeasurement,
    Pick<FanoutBenchOptions, "hz" | "seconds" | "processes" | "rounds"> {
  readonly bench: "fanout";
  readonly engine: "embedded";
  /** One for each number of clients; the record's own values are those of the last. */
  readonly steps: readonly FanoutMeasurement[];
  readonly peers: readonly (FanoutMeasurement & { readonly name: FanoutPeer })[];
  readonly host: HostFacts;
}

const partitions = 8;

/**
 * Measures event streams of one election whose figures really change in an embedded view. Serve and
 * clients run in processes of their own; peers send the same data at the same rate.
 *
 * @throws VoteError `invalid-usage` or `overloaded` when this machine cannot hold the clients,
 *   `dependency-missing` for a peer that is not installed
 */
export function benchFanout(options: FanoutBenchOptions): Promise<FanoutBenchRecord> {
  const counts = [...options.clients].sort((one, other) => one - other);
  return withScratchEngine(async (engine, choice) => {
    const election = await scratchElection(engine, partitions);
    const stopVotes = keepVoting(engine.view, election, options.hz);
    try {
      const bench = new Bench(options, engineArgs(choice), election);
      const steps: FanoutMeasurement[] = [];
      for (const clients of counts.slice(0, -1)) steps.push(await bench.serve(clients));
      const [most] = counts.slice(-1);
      const turns = new Map<"serve" | FanoutPeer, FanoutMeasurement[]>();
      for (let round = 0; round < options.rounds; round++) {
        for (const name of ["serve", ...options.peers] as const) {
          const figures = name === "serve" ? bench.serve(most) : bench.peer(name, most);
          turns.set(name, [...(turns.get(name) ?? []), await figures]);
        }
      }
      const ours = medianOf(turns.get("serve") ?? []);
      const peers = options.peers.map((name) => ({ name, ...medianOf(turns.get(name) ?? []) }));
      const { hz, seconds, processes, rounds } = options;
      const setting = { hz, seconds, processes, rounds };
      const figures = { ...ours, steps: [...steps, ours], peers };
      return { bench: "fanout", engine: "embedded", ...setting, ...figures, host: hostFacts() };
    } finally {
      await stopVotes();
    }
  });
}

/** Starts one server after another, each for one measurement. */
class Bench {
  readonly #options: FanoutBenchOptions;
  readonly #args: readonly string[];
  readonly #election: Election;
  /** What serve sent last, for the peers to send the same. */
  #sample = "";

  constructor(options: FanoutBenchOptions, args: readonly string[], election: Election) {
    this.#options = options;
    this.#args = args;
    this.#election = election;
  }

  async serve(clients: number): Promise<FanoutMeasurement> {
    const { hz, seconds, processes } = this.#options;
    await requireFiles(Math.ceil(clients / processes), "serve");
    const serve = await startServe(this.#args, this.#election, { clients, hz, processes });
    try {
      this.#sample = await sampleOf(serve);
      return await measureFanout(serve, { clients, seconds, watch: this.#options.watch });
    } finally {
      await serve.stop();
    }
  }

  async peer(name: FanoutPeer, clients: number): Promise<FanoutMeasurement> {
    const { hz, seconds } = this.#options;
    await requireFiles(clients, "peer");
    const peer = await startPeer(name, { sample: this.#sample, hz, clients });
    try {
      return await measureFanout(peer, { clients, seconds, watch: this.#options.watch });
    } finally {
      await peer.stop();
    }
  }
}

/** Returns the median turn by deliveries a CPU second. */
function medianOf(turns: readonly FanoutMeasurement[]): FanoutMeasurement {
  const sorted = [...turns].sort((a, b) => a.deliveriesPerCpuSecond - b.deliveriesPerCpuSecond);
  return sorted[Math.floor(sorted.length / 2)];
}

async function startServe(
  args: readonly string[],
  { id }: Election,
  { clients, hz, processes }: { clients: number; hz: number; processes: number },
): Promise<FanoutTarget> {
  const serve = await startRole({
    role: "serve",
    args: [
      ...args,
      ...["--port", "0", "--log-level", "warn", "--tick-ms", String(Math.round(1_000 / hz))],
      ...["--max-streams", String(clients + 16), "--processes", String(processes)],
    ],
  });
  const { pid, workers = [] } = serve.ready;
  const pids = [pid, ...workers];
  return {
    host: "127.0.0.1",
    port: Number(new URL(serve.url ?? "").port),
    path: `/v1/elections/${id}/events`,
    pids,
    memoryBefore: await residentBytes(pids),
    async stop() {
      await serve.stop("SIGKILL");
    },
  };
}

/** Changes the figures twice as often as serve looks, so that every tick finds new ones. */
function keepVoting(view: View, { id, candidates }: Election, hz: number): () => Promise<void> {
  let [sequence, stopped] = [0, false];
  const write = async () => {
    for (let partition = 0; partition < partitions; partition++) {
      const counts = candidates.map((_, index) => 1_000_000 + sequence * (1_000 + index));
      await view.set(id, {
        partition,
        sequence,
        position: sequence + 1,
        counts,
        rejections: rejectionReasons.map((_, reason) => (reason === 0 ? sequence : 0)),
        retriesAbsorbed: sequence,
        sealed: false,
      });
    }
    sequence++;
  };
  const run = async () => {
    while (!stopped) {
      await write();
      await sleep(500 / hz);
    }
  };
  const running = run();
  return async () => {
    stopped = true;
    await running;
  };
}

/** Reads the data of one delta as a client gets it. */
async function sampleOf({ host, port, path }: FanoutTarget): Promise<string> {
  const abort = new AbortController();
  const answer = await fetch(`http://${host}:${port}${path}`, { signal: abort.signal });
  const reader = answer.body?.getReader();
  let text = "";
  try {
    for (;;) {
      const chunk = await reader?.read();
      if (chunk?.value === undefined) break;
      text += Buffer.from(chunk.value).toString();
      const [, data] = /event: delta\n(?:id: .*\n)?data: (.+)\n\n/.exec(text) ?? [];
      if (data !== undefined) return data;
    }
  } finally {
    abort.abort();
  }
  throw new VoteError("not-running", "serve ended its stream without a change.");
}
