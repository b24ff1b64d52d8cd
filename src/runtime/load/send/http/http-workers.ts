import type { Account } from "../../measure/account.js";
import { HttpConnection } from "./http-connection.js";
import type { HttpAddress } from "./http-target.js";

/** A request without an answer for this long is given up, and its ballots are sent again. */
const requestTimeoutMs = 10_000;

/**
 * Connections that each send one request at a time as long as ballots are due. When more are due
 * than they can carry, the rest waits, and its latency counts from when it was due.
 */
export class HttpWorkers {
  readonly #idle: HttpConnection[];
  readonly #connections: readonly HttpConnection[];
  readonly #busy = new Set<Promise<void>>();
  readonly #account: Account;
  readonly #startsAtOnce: number;
  readonly #work: (connection: HttpConnection, due: number) => Promise<void> | undefined;
  /** How many ballots of the account are due so far. */
  #due = 0;

  /**
   * @param work         sends the next request on a connection; undefined if nothing is due
   * @param startsAtOnce requests started at each pump, for requests that take long to make: started
   *   whenever a connection comes free, they would hold up the schedule and the answers. Default:
   *   no limit, and each connection continues by itself as long as something is due
   */
  constructor(
    address: HttpAddress,
    connections: number,
    account: Account,
    work: (connection: HttpConnection, due: number) => Promise<void> | undefined,
    startsAtOnce = Number.POSITIVE_INFINITY,
  ) {
    this.#connections = Array.from(
      { length: connections },
      () => new HttpConnection(address, requestTimeoutMs),
    );
    this.#idle = [...this.#connections];
    this.#account = account;
    this.#startsAtOnce = startsAtOnce;
    this.#work = work;
  }

  /** Connections with a request that has no answer yet. */
  get busy(): number {
    return this.#busy.size;
  }

  /** Puts idle connections to work. @param due how many ballots of the account are due so far */
  pump(due: number): void {
    this.#due = due;
    const least = Math.max(0, this.#idle.length - this.#startsAtOnce);
    for (let idle = this.#idle.length; idle > least; idle--) {
      const connection = this.#idle[idle - 1];
      const first = this.#work(connection, this.#due);
      if (first === undefined) return;
      this.#idle.pop();
      const run = this.#keepWorking(connection, first).finally(() => {
        this.#busy.delete(run);
        this.#idle.push(connection);
      });
      this.#busy.add(run);
    }
  }

  /** Starts nothing new, and resolves once every request has ended. */
  async settled(): Promise<void> {
    this.pump(this.#account.sent);
    while (this.#busy.size > 0) await Promise.all(this.#busy);
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }

  async #keepWorking(connection: HttpConnection, first: Promise<void>): Promise<void> {
    const continues = this.#startsAtOnce === Number.POSITIVE_INFINITY;
    for (let work: Promise<void> | undefined = first; work !== undefined; ) {
      await work;
      work = continues ? this.#work(connection, this.#due) : undefined;
    }
  }
}
