/** A connection that takes turns with others. */
export interface QueuedConnection {
  isQueued: boolean;
  /** Begins at most that many requests. @returns how many it has begun */
  advance(maxRequests: number): number;
}

/** The most unanswered requests of a connection. Further ones stay in its socket. */
const maxUnansweredEach = 32;
/** Beyond this many in the whole process, each connection may have only one. */
const maxUnansweredInAll = 10_000;
/** How many requests of queued connections begin in one turn of the event loop. */
const requestsPerTurn = 64;

/** Lets connections take turns that have more requests than they may begin at once. */
export class RequestQueue {
  /** How many requests one connection may begin before it queues again. */
  readonly requestsAtOnce = 8;
  /** How many requests of all connections have begun and have no answer yet. */
  unanswered = 0;
  #waiting: QueuedConnection[] = [];
  #scheduled = false;

  /** How many unanswered requests one connection may have at the moment. */
  get maxUnanswered(): number {
    return this.unanswered < maxUnansweredInAll ? maxUnansweredEach : 1;
  }

  add(connection: QueuedConnection): void {
    connection.isQueued = true;
    this.#waiting.push(connection);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#takeTurn());
  }

  #takeTurn(): void {
    this.#scheduled = false;
    const last = this.#waiting.length;
    let next = 0;
    for (let left = requestsPerTurn; left > 0 && next < last; ) {
      const connection = this.#waiting[next++];
      connection.isQueued = false;
      left -= Math.max(1, connection.advance(this.requestsAtOnce));
    }
    this.#waiting = this.#waiting.slice(next);
    if (this.#waiting.length > 0) this.#schedule();
  }
}
