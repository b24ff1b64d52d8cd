/** Something that operators want to know of. Never holds who voted. */
export interface RoleEvent {
  /** Grows by one with each event of this process, so that a reader tells the new from the old. */
  readonly number: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly name: string;
  readonly election: string | null;
  readonly partition: number | null;
  /** One sentence, or empty where the name says it all. */
  readonly detail: string;
}

const capacity = 100;

/** The newest events of a process; older ones are in its log. */
export class EventRing {
  #events: RoleEvent[] = [];
  #number = 0;

  add(event: Omit<RoleEvent, "number">): void {
    this.#events.push({ number: ++this.#number, ...event });
    if (this.#events.length > capacity) this.#events.shift();
  }

  /** The oldest first. */
  get all(): readonly RoleEvent[] {
    return this.#events;
  }
}
