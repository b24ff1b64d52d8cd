import {
  decodeCertificate,
  decodeChange,
  decodeDispute,
  decodeElection,
} from "../contracts/http/registry-records.js";
import type { Dispute } from "../core/dispute.js";
import type { Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import { canonicalJson } from "../core/formats/canonical-json.js";
import type { Certificate } from "../core/formats/certificate.js";
import type { ElectionChange, ElectionHistory } from "../core/trail.js";
import type { Item, Items, PutRequest, StoredItem } from "../dynamodb/items.js";
import { encodeChange } from "./election-trail.js";
import type { Actor, Registry } from "./port.js";

type Kind = "election" | "certificate" | "dispute";

const insertOnly = { condition: "attribute_not_exists(#kind)", names: { "#kind": "kind" } };

/**
 * Elections and certificates as items: partition key `kind`, sort key `id`, the record as JSON in
 * `record`. Elections carry their `revision`, which a replacement is conditional on, and disputes
 * their time `at`. The changes of an election have a partition of their own, `change#ID`, with the
 * revision as sort key.
 *
 * A change inserts itself, if its revision is free, and replaces the record, in one transaction: an
 * end that is announced is seen by all as soon as it is in the trail.
 */
export class DynamoRegistry implements Registry {
  readonly #items: Items;
  readonly #table: string;

  constructor(items: Items, table: string) {
    this.#items = items;
    this.#table = table;
  }

  async create(election: Election, actor?: Actor): Promise<void> {
    const isFirst = (await this.get(election.id)) === undefined;
    if (isFirst && (await this.#append(election, actor, undefined))) return;
    throw new VoteError("election-exists", `Election ${election.id} exists already.`, {
      hint: "Choose another id; `vote election list` shows those in use.",
    });
  }

  async get(id: string): Promise<Election | undefined> {
    const record = await this.#record(keyOf("election", id));
    return record === undefined ? undefined : decodeElection(record, id);
  }

  async list(): Promise<Election[]> {
    return (await this.#records("election")).map(({ id, record }) => decodeElection(record, id));
  }

  async replace(election: Election, actor?: Actor): Promise<void> {
    const { id, revision } = election;
    const current = await this.get(id);
    const before = await this.#change(id, revision - 1);
    const inOrder = current?.revision === revision - 1;
    if (inOrder && (await this.#append(election, actor, before))) return;
    throw new VoteError("election-changed", `Election ${id} has changed meanwhile.`, {
      hint: "Look at it again with `vote election show`, then repeat the command.",
    });
  }

  async trail(id: string): Promise<ElectionChange[]> {
    return (await this.#records(changesOf(id))).map(({ record }) => decodeChange(record, id));
  }

  async history(id: string): Promise<ElectionHistory> {
    for (;;) {
      const before = await this.get(id);
      const changes = await this.trail(id);
      const record = await this.get(id);
      // Changed meanwhile: read both again.
      if (record?.revision === before?.revision) return { record, changes };
    }
  }

  /** @returns whether the change stored at this revision is this one */
  async #append(
    election: Election,
    actor: Actor | undefined,
    previous: string | undefined,
  ): Promise<boolean> {
    const { id, revision } = election;
    const record = encodeChange(election, actor, previous);
    const key = { kind: { S: changesOf(id) }, id: { S: revisionKey(revision) } };
    const table = this.#table;
    const change = { table, item: { ...key, record: { S: record } }, ...insertOnly };
    const outcome = await this.#items.putAll([change, this.#recordOf(election)]);
    if (outcome !== "perhaps-done") return outcome === "done";
    return (await this.#change(id, revision)) === record;
  }

  #recordOf(election: Election): PutRequest {
    const revision = { N: String(election.revision) };
    const record = { S: JSON.stringify(election) };
    return {
      table: this.#table,
      item: { ...keyOf("election", election.id), revision, record },
      condition: "attribute_not_exists(#kind) OR #revision < :revision",
      names: { "#kind": "kind", "#revision": "revision" },
      values: { ":revision": revision },
    };
  }

  #change(id: string, revision: number): Promise<string | undefined> {
    return this.#record({ kind: { S: changesOf(id) }, id: { S: revisionKey(revision) } });
  }

  async #record(key: Item): Promise<string | undefined> {
    const item = await this.#items.get({ table: this.#table, key, attribute: "record" });
    return item && (item.record?.S ?? "");
  }

  /** All records of one partition, in the order of their sort keys. */
  async #records(kind: string): Promise<{ readonly id: string; readonly record: string }[]> {
    const records: { id: string; record: string }[] = [];
    let start: StoredItem | undefined;
    do {
      const page = await this.#items.query({
        table: this.#table,
        condition: "#kind = :kind",
        names: { "#kind": "kind" },
        values: { ":kind": { S: kind } },
        attributes: ["id", "record"],
        ...(start === undefined ? {} : { start }),
      });
      for (const { id, record } of page.items) {
        records.push({ id: id?.S ?? "", record: record?.S ?? "" });
      }
      start = page.next;
    } while (start !== undefined);
    return records;
  }

  async putCertificate(certificate: Certificate): Promise<void> {
    const record = { S: canonicalJson(certificate) };
    const item = { ...keyOf("certificate", certificate.election), record };
    await this.#items.put({ table: this.#table, item, ...insertOnly });
  }

  async getCertificate(election: string): Promise<Certificate | undefined> {
    const record = await this.#record(keyOf("certificate", election));
    return record === undefined ? undefined : decodeCertificate(record, election);
  }

  async putDispute(dispute: Dispute): Promise<void> {
    const at = { N: String(dispute.at) };
    const record = { S: JSON.stringify(dispute) };
    await this.#items.put({
      table: this.#table,
      item: { ...keyOf("dispute", dispute.election), at, record },
      condition: "attribute_not_exists(#kind) OR #at < :at",
      names: { "#kind": "kind", "#at": "at" },
      values: { ":at": at },
    });
  }

  async getDispute(election: string): Promise<Dispute | undefined> {
    const record = await this.#record(keyOf("dispute", election));
    return record === undefined ? undefined : decodeDispute(record, election);
  }
}

const changesOf = (id: string) => `change#${id}`;
/** Sorts as the numbers do. */
const revisionKey = (revision: number) => String(revision).padStart(10, "0");
const keyOf = (kind: Kind, id: string) => ({ kind: { S: kind }, id: { S: id } });
