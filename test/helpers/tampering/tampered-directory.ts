import { cp } from "node:fs/promises";
import { join } from "node:path";
import type { Election } from "../../../src/runtime/core/election.js";
import type { Certificate } from "../../../src/runtime/core/formats/certificate.js";
import type { ElectionChange } from "../../../src/runtime/core/trail.js";
import {
  type Environment,
  openEnvironment,
  openTable,
  placeKey,
  type Table,
} from "../../../src/runtime/embedded/environment.js";
import { temporaryDirectory } from "../temporary.js";
import { tamperedId as id, Tampered } from "./tampered.js";

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

/** A copy of a data directory. */
export class TamperedDirectory extends Tampered {
  readonly dataDir: string;
  readonly #log: Environment;
  readonly #ledger: Environment;

  private constructor(dataDir: string) {
    super();
    this.dataDir = dataDir;
    this.#log = openEnvironment(join(dataDir, "log"), true);
    this.#ledger = openEnvironment(join(dataDir, "ledger"), true);
  }

  static async copyOf(dataDir: string): Promise<TamperedDirectory> {
    const copy = await temporaryDirectory();
    await cp(dataDir, copy, { recursive: true });
    return new TamperedDirectory(copy);
  }

  async close(): Promise<void> {
    await Promise.all([this.#log.close(), this.#ledger.close()]);
  }

  #table(name: "segments" | "elections" | "changes" | "certificates"): Table {
    return openTable(this.#ledger, name);
  }

  override segment(partition: number, sequence: number): Buffer {
    return Buffer.from(this.#table("segments").get(placeKey(id, partition, sequence)) as Buffer);
  }

  override setSegment(
    partition: number,
    sequence: number,
    bytes?: Uint8Array,
    election = id,
  ): void {
    const key = placeKey(election, partition, sequence);
    if (bytes === undefined) this.#table("segments").removeSync(key);
    else this.#table("segments").putSync(key, bytes as Buffer);
  }

  override frame(partition: number, position: number): Buffer {
    const frames = openTable(this.#log, "frames");
    return Buffer.from(frames.get(placeKey(id, partition, position)) as Buffer);
  }

  override setFrame(partition: number, position: number, bytes?: Uint8Array, election = id): void {
    const key = placeKey(election, partition, position);
    const frames = openTable(this.#log, "frames");
    if (bytes === undefined) frames.removeSync(key);
    else frames.putSync(key, bytes as Buffer);
  }

  override setEnd(partition: number, end: number, election = id): void {
    const value = Buffer.alloc(6);
    value.writeUIntBE(end, 0, 6);
    openTable(this.#log, "ends").putSync(placeKey(election, partition), value);
  }

  override get record(): Election {
    return JSON.parse(String(this.#table("elections").get(Buffer.from(id)))) as Election;
  }

  override setRecord(record: object | undefined, election = id): void {
    const elections = this.#table("elections");
    if (record === undefined) elections.removeSync(Buffer.from(election));
    else elections.putSync(Buffer.from(election), json(record));
  }

  override get trail(): ElectionChange[] {
    const values = [...this.#table("changes").getRange()].map(({ value }) => String(value));
    return values.map((text) => JSON.parse(text) as ElectionChange);
  }

  override setTrail(changes: ReadonlyMap<number, object>, election = id): void {
    const table = this.#table("changes");
    if (election === id) for (const key of [...table.getKeys()]) table.removeSync(Buffer.from(key));
    for (const [number, change] of changes) {
      const key = Buffer.alloc(election.length + 5);
      key.write(election, "latin1");
      key.writeUInt32BE(number, election.length + 1);
      table.putSync(key, json(change));
    }
  }

  override get certificate(): Certificate {
    return JSON.parse(String(this.#table("certificates").get(Buffer.from(id)))) as Certificate;
  }

  override setCertificate(certificate: object | undefined): void {
    const certificates = this.#table("certificates");
    if (certificate === undefined) certificates.removeSync(Buffer.from(id));
    else certificates.putSync(Buffer.from(id), json(certificate));
  }
}
