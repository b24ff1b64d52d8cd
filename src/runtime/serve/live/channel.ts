import type { FeedState } from "../results/election-feed.js";
import { deltaOf } from "./delta.js";
import { EncodedMessages, endMessage, type Message } from "./messages.js";

/** How many earlier states a client can continue from by a delta. */
const maxKept = 64;
/** The memory that they may take; the previous state is always kept. */
const maxKeptBytes = 1_048_576;

/**
 * One election's newest state, and the update to it from each of the previous ones. Each update is
 * encoded once, however many clients get it.
 */
export class Channel {
  #current: FeedState;
  /** Earlier states by id, oldest first. */
  readonly #kept = new Map<string, FeedState>();
  #keptBytes = 0;
  readonly #updates = new Map<string, EncodedMessages>();

  constructor(state: FeedState) {
    this.#current = state;
  }

  get current(): FeedState {
    return this.#current;
  }

  /** Sets the newest state. */
  advance(state: FeedState): void {
    if (state.id === this.#current.id) return;
    this.#kept.delete(state.id);
    this.#kept.set(this.#current.id, this.#current);
    this.#current = state;
    this.#updates.clear();
    this.#keptBytes = [...this.#kept.values()].reduce((sum, { body }) => sum + body.size, 0);
    for (const [id, { body }] of this.#kept) {
      const few = this.#kept.size <= maxKept && this.#keptBytes <= maxKeptBytes;
      if (few || this.#kept.size === 1) break;
      this.#kept.delete(id);
      this.#keptBytes -= body.size;
    }
  }

  /** The update from the state with this id to the newest; the whole state if the id is unknown. */
  updateFrom(id: string | undefined): EncodedMessages {
    const from = id === undefined ? undefined : this.#kept.get(id);
    const key = from?.id ?? "";
    const known = this.#updates.get(key);
    if (known !== undefined) return known;
    const update = new EncodedMessages(this.#messagesFrom(from));
    this.#updates.set(key, update);
    return update;
  }

  #messagesFrom(from: FeedState | undefined): Message[] {
    const { id, result, at, body, isFinal } = this.#current;
    const delta = from && deltaOf(from.result, result, at);
    const message: Message =
      delta === undefined
        ? { event: "result", id, data: body.text }
        : { event: "delta", id, data: JSON.stringify(delta) };
    return isFinal ? [message, endMessage] : [message];
  }
}
