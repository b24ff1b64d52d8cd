import type { Wire } from "../../time/wire.js";
import type { LeaseTable } from "../embedded/group.js";

/** The leases of a group whose members are in one process. */
export class MemoryLeases implements LeaseTable {
  readonly #values: Map<string, Buffer>;
  readonly #wire: Wire;

  /** @param values by key, shared by all members */
  constructor(values: Map<string, Buffer>, wire: Wire) {
    this.#values = values;
    this.#wire = wire;
  }

  get(key: Buffer): Buffer | undefined {
    return this.#values.get(key.toString("latin1"));
  }

  putSync(key: Buffer, value: Buffer): void {
    this.#values.set(key.toString("latin1"), value);
  }

  removeSync(key: Buffer): void {
    this.#values.delete(key.toString("latin1"));
  }

  *getRange({ start, end }: { start: Buffer; end: Buffer }) {
    const [from, to] = [start.toString("latin1"), end.toString("latin1")];
    const found = [...this.#values].filter(([key]) => from <= key && key < to);
    for (const [key, value] of found.sort(([one], [other]) => (one < other ? -1 : 1))) {
      yield { key: Buffer.from(key, "latin1"), value };
    }
  }

  transaction(work: () => void): Promise<void> {
    return this.#wire("log.lease", work);
  }

  async close(): Promise<void> {}
}
