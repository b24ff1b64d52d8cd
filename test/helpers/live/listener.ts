import { crc32 } from "node:zlib";
import { applied, type LiveEvent } from "./live-messages.js";

/** The result's fields in serve's order: a state's id is a checksum over that text. */
const order = [
  ...["election", "title", "status", "opensAt", "openedAt", "closesAt", "closedAt", "official"],
  ...["revision", "counted", "rejected"],
  ...["retriesAbsorbed", "result", "sealedPartitions", "partitions", "digest", "certifiedAt"],
  ...["recounting", "stale", "asOf", "behind"],
];
/** The fields of an official result that the certificate also states. */
const certified = ["official", "status", "counted", "rejected", "result", "digest", "certifiedAt"];

type Fields = Record<string, unknown>;
const only = (state: Fields, fields: readonly string[]): Fields =>
  Object.fromEntries(fields.flatMap((field) => (field in state ? [[field, state[field]]] : [])));

/** What happened to a listener since its page was turned. */
export interface ListenerPage {
  events: number;
  /** Lost connections, except the one that ended for good. */
  lost: number;
  /** Attempts to connect that got a 503 or no answer. */
  refused: number;
  /** Streams that said `closing` before their end. */
  closing: number;
  stale: boolean;
  behind: boolean;
  longestSilenceMs: number;
}

const blank = (): ListenerPage => ({
  events: 0,
  lost: 0,
  refused: 0,
  closing: 0,
  stale: false,
  behind: false,
  longestSilenceMs: 0,
});

/**
 * Keeps one client's state, built from its messages, and a list of everything wrong with them. Each
 * message's id is a checksum of the whole result, so it reveals a state mixed from two others, or a
 * delta that leads to a wrong result.
 */
export class Listener {
  page = blank();
  connected = false;
  ended = false;
  /** How long to wait before reconnecting, as last told by the server. */
  retryMs = 2_000;
  lastId: string | undefined;
  state: Fields | undefined;
  readonly problems: string[] = [];
  #heardAt: number;

  /** @param nowMs by any clock, as in all other methods */
  constructor(nowMs: number) {
    this.#heardAt = nowMs;
  }

  /** Bytes came, if only a keep-alive. */
  heard(nowMs: number): void {
    this.#silentUntil(nowMs);
    this.#heardAt = nowMs;
  }

  lost(): void {
    this.connected = false;
    if (!this.ended) this.page.lost++;
  }

  turnPage(nowMs: number): ListenerPage {
    if (!this.ended) this.#silentUntil(nowMs);
    const { page } = this;
    this.page = blank();
    return page;
  }

  take(message: LiveEvent): void {
    this.page.events++;
    if (message.event === "closing") {
      this.page.closing++;
      this.retryMs = Number(message.retry ?? message.data.retryMs);
    } else if (message.event === "end") this.#end();
    else this.#advance(message);
  }

  /** The fields of an official result that the certificate also states, as text. */
  get official(): string | undefined {
    if (this.state?.official !== true) return undefined;
    return JSON.stringify(only(this.state, certified));
  }

  #silentUntil(nowMs: number): void {
    const { page } = this;
    page.longestSilenceMs = Math.max(page.longestSilenceMs, Math.round(nowMs - this.#heardAt));
  }

  #end(): void {
    this.ended = true;
    if (this.official === undefined) this.problems.push("an end without the official result");
  }

  #advance(message: LiveEvent): void {
    const before = this.state;
    if (message.event === "delta" && before?.revision !== message.data.from) {
      this.problems.push(`a delta from ${message.data.from} to the state ${this.lastId}`);
      return;
    }
    const state = applied(before, message);
    this.#compare(before, state, message.id);
    this.state = state;
    this.lastId = message.id;
    if (state.stale === true) this.page.stale = true;
    if (state.behind !== undefined) this.page.behind = true;
  }

  #compare(before: Fields | undefined, state: Fields, id: string | undefined): void {
    const text = JSON.stringify(only(state, order));
    const checksum = crc32(text).toString(16).padStart(8, "0");
    if (id !== `${state.revision}-${checksum}`) this.problems.push(`${id} is said of ${text}`);
    const lines = state.result as { votes: number }[];
    const sum = lines.reduce((total, { votes }) => total + votes, 0);
    if (sum !== state.counted) this.problems.push(`${sum} votes in ${text}`);
    if (state.official !== (state.status === "certified")) {
      this.problems.push(`neither running nor certified: ${text}`);
    }
    if (before === undefined) return;
    for (const field of ["revision", "counted", "sealedPartitions", "official"]) {
      if (Number(state[field]) < Number(before[field])) {
        this.problems.push(`${field} fell from ${before[field]} to ${state[field]} with ${id}`);
      }
    }
    if (before.official === true && this.official !== JSON.stringify(only(state, certified))) {
      this.problems.push(`an official result became ${text}`);
    }
  }
}
