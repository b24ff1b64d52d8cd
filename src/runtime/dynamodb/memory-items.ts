import { directWire, type Wire } from "../time/wire.js";
import type {
  GetManyRequest,
  GetRequest,
  Item,
  Items,
  Page,
  PutOutcome,
  PutRequest,
  QueryRequest,
  StoredItem,
} from "./items.js";

/** A table's key: the attribute that chooses the partition, and the one that sorts it. */
type TableKey = readonly [string, string];
const keysOfTables: Readonly<Record<string, TableKey>> = {
  segments: ["chain", "sequence"],
  registry: ["kind", "id"],
};

/** What all handles of one set of in-memory tables share. */
export class TableContent {
  /** By table and partition key: the items in the order of their sort keys. */
  readonly #tables = new Map<string, Map<string, Item[]>>();

  /** All items of a partition, in order. */
  items(table: string, partition: string): readonly Item[] {
    return this.#tables.get(table)?.get(partition) ?? [];
  }

  find(table: string, key: StoredItem): Item | undefined {
    const [partition, sort] = keysOfTables[table];
    const sought = plain(key[sort]);
    return this.items(table, String(plain(key[partition]))).find(
      (item) => plain(item[sort]) === sought,
    );
  }

  /** Inserts an item, in place of the one with its key. */
  store(table: string, item: Item): void {
    const [partition, sort] = keysOfTables[table];
    const name = String(plain(item[partition]));
    const partitions = this.#tables.get(table) ?? new Map<string, Item[]>();
    this.#tables.set(table, partitions);
    const others = this.items(table, name).filter(
      (other) => plain(other[sort]) !== plain(item[sort]),
    );
    const isAfter = (other: Item) => compare(plain(other[sort]), plain(item[sort])) > 0;
    const at = others.findIndex(isAfter);
    others.splice(at === -1 ? others.length : at, 0, item);
    partitions.set(name, others);
  }
}

/** DynamoDB's items in memory, for one process and its simulations. Knows what our adapters ask. */
export class MemoryItems implements Items {
  readonly #content: TableContent;
  readonly #wire: Wire;

  constructor(content: TableContent, wire = directWire) {
    this.#content = content;
    this.#wire = wire;
  }

  put(request: PutRequest): Promise<PutOutcome> {
    return this.putAll([request]);
  }

  putAll(requests: readonly PutRequest[]): Promise<PutOutcome> {
    const sent = requests.map((request) => ({ ...request, item: copyOf(request.item) }));
    return this.#wire(`${requests[0].table}.put`, (attempt) => {
      if (!sent.every((request) => this.#mayPut(request))) {
        return attempt > 1 ? "perhaps-done" : "refused";
      }
      for (const { table, item } of sent) this.#content.store(table, item);
      return "done";
    });
  }

  #mayPut({ table, item, condition, names, values }: PutRequest): boolean {
    const stored = this.#content.find(table, item);
    return condition.split(" OR ").some((term) => holds(term, stored, names, values));
  }

  get({ table, key }: GetRequest): Promise<StoredItem | undefined> {
    return this.#wire(`${table}.get`, () => this.#content.find(table, key));
  }

  getMany({ table, keys }: GetManyRequest): Promise<StoredItem[]> {
    return this.#wire(`${table}.getMany`, () =>
      keys.flatMap((key) => {
        const found = this.#content.find(table, key);
        return found === undefined ? [] : [found];
      }),
    );
  }

  query(request: QueryRequest): Promise<Page> {
    const { table, condition, names, values, backwards, limit = 1_000, start } = request;
    return this.#wire(`${table}.query`, () => {
      const [partitionTerm, ...terms] = condition.split(" AND ");
      const partition = String(plain(values[partitionTerm.split(" = ")[1]]));
      const [, sort] = keysOfTables[table];
      const found = this.#content
        .items(table, partition)
        .filter((item) => terms.every((term) => holds(term, item, names, values)))
        .filter(
          (item) => start === undefined || compare(plain(item[sort]), plain(start[sort])) > 0,
        );
      const ordered = backwards ? [...found].reverse() : found;
      const items = ordered.slice(0, limit);
      return { items, next: ordered.length > limit ? items.at(-1) : undefined };
    });
  }
}

type Value = string | number | undefined;

function plain(attribute: StoredItem[string] | undefined): Value {
  return attribute?.N === undefined ? attribute?.S : Number(attribute.N);
}

function compare(one: Value, other: Value): number {
  if (one === other) return 0;
  return (one ?? "") < (other ?? "") ? -1 : 1;
}

/** Whether one term of a condition holds: `attribute_not_exists(#a)`, `#a < :b` or `#a >= :b`. */
function holds(
  term: string,
  stored: StoredItem | undefined,
  names: Readonly<Record<string, string>>,
  values: StoredItem = {},
): boolean {
  const absent = /^attribute_not_exists\((#\w+)\)$/.exec(term);
  if (absent !== null) return stored?.[names[absent[1]]] === undefined;
  const [name, operator, value] = term.split(" ");
  const order = compare(plain(stored?.[names[name]]), plain(values[value]));
  if (operator === "<") return stored !== undefined && order < 0;
  if (operator === ">=") return stored !== undefined && order >= 0;
  throw new Error(`The condition ${term} is not known.`);
}

function copyOf(item: Item): Item {
  const entries = Object.entries(item).map(([name, value]): [string, Item[string]] => [
    name,
    "B" in value ? { B: Buffer.from(value.B) } : value,
  ]);
  return Object.fromEntries(entries);
}
