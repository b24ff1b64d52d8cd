import type { Account } from "../../measure/account.js";
import { HttpConnection } from "./http-connection.js";
import type { HttpAddress } from "./http-target.js";

/** A request without an answer for so long counts as unknown, and its ballots are sent again. */
const requestTimeoutMs = 10_000;

/**
 * Connections that take work as long as there is some, one request at a time each. More is due
 * than they can carry: then it waits, and its latency counts from when it was due.
 */
export class HttpWorkers {
  readonly #idle: HttpConnection[];
  readonly #connections: readonly HttpConnection[];
  readonly #busy = new Set<Promise<void>>();
  readonly #account: Account;
  readonly #startsAtOnce: number;
  readonly #work: (connection: HttpConnection, due: number) => Promise<void> | undefined;
  /** How many ballots of the account are to be sent by now. */
  #due = 0;

  /**
   * @param work         starts the next piece of work on a connection; undefined if nothing is due
   * @param startsAtOnce pieces of work started at each pump, for those that take long to make:
   *   made as fast as connections come free, they would hold up the schedule and the answers.
   *   Default: each connection goes on by itself as long as something is due
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

  pump(due: number): void {
    this.#due = due;
    this.#wake();
  }

  /** Puts idle connections to work while there is some. */
  #wake(): void {
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

  async settled(): Promise<void> {
    // Whatever was not begun by now stays unsent.
    this.pump(this.#account.sent);
    while (this.#busy.size > 0) await Promise.all(this.#busy);
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }

  async #keepWorking(connection: HttpConnection, first: Promise<void>): Promise<void> {
    const goesOn = this.#startsAtOnce === Number.POSITIVE_INFINITY;
    for (let work: Promise<void> | undefined = first; work !== undefined; ) {
      await work;
      work = goesOn ? this.#work(connection, this.#due) : undefined;
    }
  }
}
