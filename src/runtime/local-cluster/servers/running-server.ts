import { messageOf } from "../../core/errors.js";
import {
  endProcess,
  isRunning,
  launch,
  type ServerProcess,
  type ServerSpec,
  signalProcess,
  untilReady,
} from "./server-process.js";
import type { Service } from "./versions.js";

const readyWithinMs = 60_000;
/** Brokers that all stop at once wait for one another, so that a longer time gains nothing. */
const stopWithinMs = 5_000;

/** A server that was started, for tests and operators to control. */
export class RunningServer {
  /** `kafka-1`, `dynamodb`, `redis`. */
  readonly name: string;
  readonly service: Service;
  readonly port: number;
  readonly log: string;
  readonly #spec: ServerSpec;
  readonly #endWithParent: boolean;
  readonly #changed: () => Promise<void>;
  #process: ServerProcess;

  /**
   * @param running the process, if it runs already; otherwise it is started
   * @param changed called after each restart
   */
  constructor(
    spec: ServerSpec,
    running: ServerProcess | undefined,
    endWithParent: boolean,
    changed: () => Promise<void>,
  ) {
    this.name = spec.name;
    this.service = spec.service;
    this.port = spec.port;
    this.log = spec.log;
    this.#spec = spec;
    this.#endWithParent = endWithParent;
    this.#changed = changed;
    this.#process = running ?? launch(spec, endWithParent);
  }

  /** Its current process id. */
  get pid(): number {
    return this.#process.pid;
  }

  get process(): ServerProcess {
    return this.#process;
  }

  isRunning(): boolean {
    return isRunning(this.#process);
  }

  /** Sends a signal without waiting: SIGSTOP, SIGCONT. */
  signal(signal: NodeJS.Signals): void {
    signalProcess(this.#process, signal);
  }

  /** Ends the server and waits until it is gone. Its data stays. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    await endProcess(this.#process, signal, stopWithinMs);
  }

  /** Restarts it on the same port over the same data. Resolves when it is ready. */
  async restart(): Promise<void> {
    await this.kill("SIGTERM");
    this.#process = launch(this.#spec, this.#endWithParent);
    await this.#changed();
    await this.untilReady();
  }

  async untilReady(): Promise<void> {
    await untilReady(this.#spec, this.#process, readyWithinMs);
  }

  /** Resolves if the server answers. */
  probe(): Promise<void> {
    return this.#spec.probe();
  }
}

/** The status of one server in `vote services status`. */
export interface ServerStatus {
  readonly name: string;
  readonly service: Service;
  readonly pid: number;
  readonly port: number;
  readonly state: "ready" | "not-answering" | "ended";
  /** Why the server is not ready. */
  readonly reason?: string;
}

/** Probes a server. */
export async function statusOf(
  server: Omit<ServerStatus, "state"> & ServerProcess,
  probe: () => Promise<void>,
): Promise<ServerStatus> {
  const { name, service, pid, port } = server;
  const facts = { name, service, pid, port };
  if (!isRunning(server)) return { ...facts, state: "ended", reason: "its process is gone" };
  const reason = await probe().then(() => undefined, messageOf);
  return reason === undefined
    ? { ...facts, state: "ready" }
    : { ...facts, state: "not-answering", reason };
}
