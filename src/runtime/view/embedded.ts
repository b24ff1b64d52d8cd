import { type Environment, openEnvironment, storageError } from "../embedded/environment.js";
import type { ElectionView, PartitionView, SetOutcome, View } from "./port.js";

const partitionKey = (election: string, partition: number) =>
  Buffer.from(`${election}/partition/${String(partition).padStart(5, "0")}`, "latin1");
const recountingKey = (election: string) => Buffer.from(`${election}/recounting`, "latin1");

/**
 * The view in LMDB, as JSON by partition. Not flushed to disk: what a power cut takes, the tallies
 * restore from the ledger.
 */
export class EmbeddedView implements View {
  readonly #environment: Environment;

  constructor(path: string) {
    this.#environment = openEnvironment(path, false);
  }

  async set(election: string, partition: PartitionView): Promise<SetOutcome> {
    const key = partitionKey(election, partition.partition);
    const value = Buffer.from(JSON.stringify(partition));
    return this.#attempt(() =>
      this.#environment.transaction(() => {
        const current = this.#environment.get(key);
        const stored = current === undefined ? -2 : parse(current).sequence;
        if (stored >= partition.sequence) return stored > partition.sequence ? "newer" : "same";
        this.#environment.putSync(key, value);
        return "set";
      }),
    );
  }

  async replace(election: string, partition: PartitionView): Promise<void> {
    const value = Buffer.from(JSON.stringify(partition));
    await this.#attempt(() =>
      this.#environment.put(partitionKey(election, partition.partition), value),
    );
  }

  async setRecounting(election: string, at: number): Promise<void> {
    await this.#attempt(() =>
      this.#environment.put(recountingKey(election), Buffer.from(String(at))),
    );
  }

  async get(election: string): Promise<ElectionView> {
    return this.#attempt(async () => {
      this.#environment.resetReadTxn();
      const range = this.#environment.getRange({
        start: partitionKey(election, 0),
        end: partitionKey(election, 99_999),
      });
      const recountingAt = this.#environment.get(recountingKey(election));
      return {
        partitions: [...range].map(({ value }) => parse(value)),
        ...(recountingAt && { recountingAt: Number(recountingAt.toString()) }),
      };
    });
  }

  async #attempt<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (cause) {
      throw storageError("view-unavailable", cause);
    }
  }

  async close(): Promise<void> {
    await this.#environment.close();
  }
}

function parse(value: Buffer): PartitionView {
  return JSON.parse(value.toString()) as PartitionView;
}
