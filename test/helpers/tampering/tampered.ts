import { cp } from "node:fs/promises";
import { join } from "node:path";
import type { Election } from "../../../src/runtime/core/election.js";
import type { Certificate } from "../../../src/runtime/core/formats/certificate.js";
import {
  decodeSegment,
  encodeSegment,
  firstPreviousHash,
  type Segment,
} from "../../../src/runtime/core/formats/segment.js";
import { changeHash, type ElectionChange } from "../../../src/runtime/core/trail.js";
import {
  type Environment,
  openEnvironment,
  openTable,
  placeKey,
  type Table,
} from "../../../src/runtime/embedded/environment.js";
import { temporaryDirectory } from "../temporary.js";

const id = "demo";
const json = (value: unknown) => Buffer.from(JSON.stringify(value));

/**
 * A copy of a data directory in the hands of whoever can write to its files: each method changes
 * the stored bytes past every rule of the stores.
 */
export class Tampered {
  readonly dataDir: string;
  readonly #log: Environment;
  readonly #ledger: Environment;

  private constructor(dataDir: string) {
    this.dataDir = dataDir;
    this.#log = openEnvironment(join(dataDir, "log"), true);
    this.#ledger = openEnvironment(join(dataDir, "ledger"), true);
  }

  static async copyOf(dataDir: string): Promise<Tampered> {
    const copy = await temporaryDirectory();
    await cp(dataDir, copy, { recursive: true });
    return new Tampered(copy);
  }

  async close(): Promise<void> {
    await Promise.all([this.#log.close(), this.#ledger.close()]);
  }

  #table(name: "segments" | "elections" | "changes" | "certificates"): Table {
    return openTable(this.#ledger, name);
  }

  segment(partition: number, sequence: number): Buffer {
    return Buffer.from(this.#table("segments").get(placeKey(id, partition, sequence)) as Buffer);
  }

  /** @param bytes without them, the segment is removed */
  setSegment(partition: number, sequence: number, bytes?: Uint8Array, election = id): void {
    const key = placeKey(election, partition, sequence);
    if (bytes === undefined) this.#table("segments").removeSync(key);
    else this.#table("segments").putSync(key, bytes as Buffer);
  }

  /** Writes a chain anew, with hashes that fit, whatever `forge` has made of its segments. */
  rechain(partition: number, forge: (chain: Segment[]) => object[]): void {
    const chain: Segment[] = [];
    for (let sequence = 0; sequence < 4; sequence++) {
      chain.push(decodeSegment(this.segment(partition, sequence), "a segment"));
      this.setSegment(partition, sequence);
    }
    let previousHash: Uint8Array = firstPreviousHash;
    for (const [sequence, draft] of (forge(chain) as Segment[]).entries()) {
      const bytes = encodeSegment(
        { ...draft, sequence, previousHash },
        draft.ballots,
        draft.decisions,
      );
      this.setSegment(partition, sequence, bytes);
      previousHash = decodeSegment(bytes, "a segment").hash;
    }
  }

  frame(partition: number, position: number): Buffer {
    const frames = openTable(this.#log, "frames");
    return Buffer.from(frames.get(placeKey(id, partition, position)) as Buffer);
  }

  /** @param bytes without them, the frame is removed */
  setFrame(partition: number, position: number, bytes?: Uint8Array, election = id): void {
    const key = placeKey(election, partition, position);
    const frames = openTable(this.#log, "frames");
    if (bytes === undefined) frames.removeSync(key);
    else frames.putSync(key, bytes as Buffer);
  }

  /** Where the log says that it ends. */
  setEnd(partition: number, end: number, election = id): void {
    const value = Buffer.alloc(6);
    value.writeUIntBE(end, 0, 6);
    openTable(this.#log, "ends").putSync(placeKey(election, partition), value);
  }

  get record(): Election {
    return JSON.parse(String(this.#table("elections").get(Buffer.from(id)))) as Election;
  }

  setRecord(record: object | undefined, election = id): void {
    const elections = this.#table("elections");
    if (record === undefined) elections.removeSync(Buffer.from(election));
    else elections.putSync(Buffer.from(election), json(record));
  }

  get trail(): ElectionChange[] {
    const values = [...this.#table("changes").getRange()].map(({ value }) => String(value));
    return values.map((text) => JSON.parse(text) as ElectionChange);
  }

  /** @param changes by number, from 1: gaps stay gaps */
  setTrail(changes: ReadonlyMap<number, object>, election = id): void {
    const table = this.#table("changes");
    if (election === id) for (const key of [...table.getKeys()]) table.removeSync(Buffer.from(key));
    for (const [number, change] of changes) {
      const key = Buffer.alloc(election.length + 5);
      key.write(election, "latin1");
      key.writeUInt32BE(number, election.length + 1);
      table.putSync(key, json(change));
    }
  }

  /** Writes record and trail anew, with hashes that fit, whatever `forge` makes of each change. */
  rewriteTrail(forge: (election: Election) => Election, election = id): void {
    const changes = new Map<number, ElectionChange>();
    for (const change of this.trail) {
      const before = changes.get(changes.size);
      const previous = before === undefined ? "" : changeHash(before);
      changes.set(changes.size + 1, { ...change, election: forge(change.election), previous });
    }
    this.setTrail(changes, election);
    this.setRecord(changes.get(changes.size)?.election, election);
  }

  get certificate(): Certificate {
    return JSON.parse(String(this.#table("certificates").get(Buffer.from(id)))) as Certificate;
  }

  setCertificate(certificate: object | undefined): void {
    const certificates = this.#table("certificates");
    if (certificate === undefined) certificates.removeSync(Buffer.from(id));
    else certificates.putSync(Buffer.from(id), json(certificate));
  }
}
