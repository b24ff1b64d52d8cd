import { type Role, type RoleProcess, startRole } from "../../processes/role-process.js";

/** How a role is started, whenever it is. */
export interface MortalOptions {
  readonly role: Role;
  /** Which engine to open, and whatever else the role is told. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly onLog?: (chunk: Buffer) => void;
}

/** Slow machines start several roles and servers at once. */
const readyTimeoutMs = 90_000;

/** A role that can be killed and comes back, at the same address. */
export class Mortal {
  readonly #options: MortalOptions;
  #process: RoleProcess | undefined;
  #port = "0";

  constructor(options: MortalOptions) {
    this.#options = options;
  }

  /** @param more variables of this one start */
  async start(more: Readonly<Record<string, string>> = {}): Promise<void> {
    const { role, onLog = () => undefined } = this.#options;
    const args = [...this.#options.args];
    if (role !== "tally") args.push("--port", this.#port);
    const env = { ...this.#options.env, ...more };
    this.#process = await startRole({ role, args, env, onLog, readyTimeoutMs });
    if (this.#process.url !== undefined) this.#port = new URL(this.#process.url).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.signal(signal);
  }

  /** SIGKILL, or another signal that ends it; resolves when it is gone. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    await this.#process?.stop(signal);
  }

  /** Ends it and starts it again. */
  async restart(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    await this.kill(signal);
    await this.start();
  }
}
