import { VoteError } from "../core/errors.js";
import {
  commitDurably,
  type Environment,
  greatestNumber,
  openTable,
  partitionOfKey,
  placeKey,
  readNow,
  type Table,
} from "../embedded/environment.js";
import { systemClock } from "../time/clock.js";
import type { Ledger, SegmentPlace } from "./port.js";

/** Segments read at once; between two reads, the process does its other work. */
const readAhead = 16;

/** The ledger in LMDB: segments by (election, partition, sequence), inserted only. */
export class EmbeddedLedger implements Ledger {
  readonly #environment: Environment;
  readonly #segments: Table;

  constructor(environment: Environment) {
    this.#environment = environment;
    this.#segments = openTable(environment, "segments");
  }

  append(place: SegmentPlace, segment: Uint8Array): Promise<"appended" | "exists"> {
    const key = placeKey(place.election, place.partition, place.sequence);
    return commitDurably(this.#environment, "ledger-unavailable", () => {
      if (this.#has(place)) return "exists";
      if (place.sequence > 0 && !this.#has({ ...place, sequence: place.sequence - 1 })) {
        throw new VoteError(
          "internal-error",
          `Segment ${place.sequence} of ${place.election}/${place.partition} would leave a gap.`,
        );
      }
      this.#segments.putSync(key, segment as Buffer);
      return "appended";
    });
  }

  #has({ election, partition, sequence }: SegmentPlace): boolean {
    return this.#segments.doesExist(placeKey(election, partition, sequence));
  }

  async get(place: SegmentPlace): Promise<Uint8Array | undefined> {
    return this.#read(() =>
      this.#segments.get(placeKey(place.election, place.partition, place.sequence)),
    );
  }

  async last(election: string, partition: number): Promise<Uint8Array | undefined> {
    return this.#read(() => {
      const range = this.#segments.getRange({
        start: placeKey(election, partition, greatestNumber),
        end: placeKey(election, partition),
        reverse: true,
        limit: 1,
      });
      return [...range][0]?.value;
    });
  }

  async partitions(election: string): Promise<number[]> {
    return this.#read(() => {
      const found: number[] = [];
      for (let from = 0; ; from = found[found.length - 1] + 1) {
        const range = { start: placeKey(election, from, 0), end: placeKey(election, 0xffff_ffff) };
        const [next] = this.#segments.getKeys({ ...range, limit: 1 });
        if (next === undefined) return found;
        found.push(partitionOfKey(next));
      }
    });
  }

  async *read(
    election: string,
    partition: number,
    fromSequence: number,
  ): AsyncIterable<Uint8Array> {
    for (let sequence = fromSequence; ; sequence += readAhead) {
      const segments = this.#read(() => {
        const range = this.#segments.getRange({
          start: placeKey(election, partition, sequence),
          end: placeKey(election, partition, greatestNumber),
          limit: readAhead,
        });
        return [...range].map(({ value }) => value);
      });
      yield* segments;
      // A long chain must not hold up heartbeats and other work.
      await systemClock.sleep(0);
      if (segments.length < readAhead) return;
    }
  }

  #read<T>(look: () => T): T {
    return readNow(this.#environment, "ledger-unavailable", look);
  }
}
