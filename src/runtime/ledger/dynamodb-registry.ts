import type { Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import type { Items, PutRequest, StoredItem } from "./dynamodb-items.js";
import type { Certificate, Registry } from "./port.js";

type Kind = "election" | "certificate";
type Condition = Pick<PutRequest, "condition" | "names" | "values">;

const insertOnly = { condition: "attribute_not_exists(#kind)", names: { "#kind": "kind" } };

/**
 * Elections and certificates as items: partition key `kind`, sort key `id`, the record as JSON in
 * `record`. Elections carry their `revision`, which a replacement is conditional on.
 */
export class DynamoRegistry implements Registry {
  readonly #items: Items;
  readonly #table: string;

  constructor(items: Items, table: string) {
    this.#items = items;
    this.#table = table;
  }

  async create(election: Election): Promise<void> {
    if (await this.#put(election, insertOnly)) return;
    throw new VoteError("election-exists", `Election ${election.id} exists already.`, {
      hint: "Choose another id; `vote election list` shows those in use.",
    });
  }

  get(id: string): Promise<Election | undefined> {
    return this.#get<Election>("election", id);
  }

  async list(): Promise<Election[]> {
    const elections: Election[] = [];
    let start: StoredItem | undefined;
    do {
      const page = await this.#items.query({
        table: this.#table,
        condition: "#kind = :kind",
        names: { "#kind": "kind" },
        values: { ":kind": { S: "election" } },
        attribute: "record",
        ...(start === undefined ? {} : { start }),
      });
      for (const item of page.items) elections.push(recordOf<Election>(item));
      start = page.next;
    } while (start !== undefined);
    return elections;
  }

  async replace(election: Election): Promise<void> {
    const unchanged = {
      condition: "#revision = :before",
      names: { "#revision": "revision" },
      values: { ":before": { N: String(election.revision - 1) } },
    };
    if (await this.#put(election, unchanged)) return;
    throw new VoteError("election-changed", `Election ${election.id} has changed meanwhile.`, {
      hint: "Look at it again with `vote election show`, then repeat the command.",
    });
  }

  /** @returns whether the record that stands is this one by this call's doing */
  async #put(election: Election, condition: Condition): Promise<boolean> {
    const record = JSON.stringify(election);
    const item = {
      ...keyOf("election", election.id),
      revision: { N: String(election.revision) },
      record: { S: record },
    };
    const outcome = await this.#items.put({ table: this.#table, item, ...condition });
    if (outcome !== "perhaps-done") return outcome === "done";
    return JSON.stringify(await this.get(election.id)) === record;
  }

  async putCertificate(certificate: Certificate): Promise<void> {
    const record = { S: JSON.stringify(certificate) };
    const item = { ...keyOf("certificate", certificate.election), record };
    await this.#items.put({ table: this.#table, item, ...insertOnly });
  }

  getCertificate(election: string): Promise<Certificate | undefined> {
    return this.#get<Certificate>("certificate", election);
  }

  async #get<T>(kind: Kind, id: string): Promise<T | undefined> {
    const key = keyOf(kind, id);
    const item = await this.#items.get({ table: this.#table, key, attribute: "record" });
    return item && recordOf<T>(item);
  }
}

const keyOf = (kind: Kind, id: string) => ({ kind: { S: kind }, id: { S: id } });

const recordOf = <T>(item: StoredItem): T => JSON.parse(item.record?.S ?? "null") as T;
