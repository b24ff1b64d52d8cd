import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Election } from "../../../src/runtime/core/election.js";
import type { Certificate } from "../../../src/runtime/core/formats/certificate.js";
import type { ElectionChange } from "../../../src/runtime/core/trail.js";
import { Tampered } from "./tampered.js";

type Kind = "segments" | "frames";
type Records = Map<number, Buffer>;

/** A record's number and length, before it. */
const prefixBytes = 12;

/** A copy of an export in the hands of whoever can write files, and makes the manifest fit. */
export class TamperedExport extends Tampered {
  readonly #path: string;

  constructor(base: string, path: string) {
    super();
    cpSync(base, path, { recursive: true });
    this.#path = path;
  }

  override segment(partition: number, sequence: number): Buffer {
    return this.#record("segments", partition, sequence);
  }

  override setSegment(partition: number, sequence: number, bytes?: Uint8Array): void {
    this.#setRecord("segments", partition, sequence, bytes);
  }

  override frame(partition: number, position: number): Buffer {
    return this.#record("frames", partition, position);
  }

  override setFrame(partition: number, position: number, bytes?: Uint8Array): void {
    this.#setRecord("frames", partition, position, bytes);
  }

  /** The end of an export's log follows from its records. */
  override setEnd(): void {}

  override get record(): Election {
    return this.#json("election.json");
  }

  override setRecord(record: object | undefined): void {
    this.#setRegistry("election.json", record && JSON.stringify(record));
  }

  override get trail(): ElectionChange[] {
    const lines = this.#text("trail.ndjson").trimEnd().split("\n");
    return lines.map((line) => JSON.parse(line) as ElectionChange);
  }

  override setTrail(changes: ReadonlyMap<number, object>): void {
    const lines = [...changes.values()].map((change) => `${JSON.stringify(change)}\n`);
    this.#setRegistry("trail.ndjson", lines.join(""));
  }

  override get certificate(): Certificate {
    return this.#json("certificate.json");
  }

  /** Sorts its fields as canonical JSON does, so that this is not what is found. */
  override setCertificate(certificate: object | undefined): void {
    this.#setRegistry("certificate.json", certificate && JSON.stringify(sorted(certificate)));
  }

  /** Exchanges a file for what `change` makes of it, and leaves the manifest as it is. */
  damage(name: string, change: (content: Buffer) => Uint8Array): void {
    const file = join(this.#path, name);
    writeFileSync(file, change(readFileSync(file)));
  }

  /** The manifest says of each file what is in it. */
  writeManifest(): void {
    const file = join(this.#path, "manifest.json");
    const manifest = JSON.parse(readFileSync(file, "utf8"));
    const names = ["election.json", "trail.ndjson", "certificate.json"].map((n) => `registry/${n}`);
    const described = names.filter((name) => existsSync(join(this.#path, name)));
    manifest.registry = described.map((name) => this.#describe(name));
    for (let at = 0; existsSync(this.#file("segments", at)); at++) {
      manifest.partitions[at] = {
        partition: at,
        segments: this.#describeRecords("segments", at),
        frames: this.#describeRecords("frames", at),
      };
    }
    writeFileSync(file, JSON.stringify(manifest));
  }

  #describe(name: string) {
    const content = readFileSync(join(this.#path, name));
    const sha256 = createHash("sha256").update(content).digest("hex");
    return { name, bytes: content.length, sha256 };
  }

  #describeRecords(kind: Kind, partition: number) {
    const records = [...this.#records(kind, partition)].sort(([a], [b]) => a - b);
    const described = this.#describe(`${kind}/${String(partition).padStart(4, "0")}.bin`);
    const [number, bytes] = records.at(-1) ?? [-1, undefined];
    const lastAt = bytes === undefined ? 0 : described.bytes - bytes.length - prefixBytes;
    return { ...described, records: records.length, end: number + 1, lastAt };
  }

  #file(kind: Kind, partition: number): string {
    return join(this.#path, kind, `${String(partition).padStart(4, "0")}.bin`);
  }

  #record(kind: Kind, partition: number, number: number): Buffer {
    return Buffer.from(this.#records(kind, partition).get(number) as Buffer);
  }

  #records(kind: Kind, partition: number): Records {
    const records: Records = new Map();
    const file = this.#file(kind, partition);
    const content = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
    for (let at = 0; at < content.length; ) {
      const end = at + prefixBytes + content.readUInt32LE(at + 8);
      records.set(Number(content.readBigUInt64LE(at)), content.subarray(at + prefixBytes, end));
      at = end;
    }
    return records;
  }

  #setRecord(kind: Kind, partition: number, number: number, bytes?: Uint8Array): void {
    const records = this.#records(kind, partition);
    if (bytes === undefined) records.delete(number);
    else records.set(number, Buffer.from(bytes));
    const parts = [...records].sort(([a], [b]) => a - b);
    const content = parts.flatMap(([at, record]) => {
      const prefix = Buffer.alloc(prefixBytes);
      prefix.writeBigUInt64LE(BigInt(at));
      prefix.writeUInt32LE(record.length, 8);
      return [prefix, record];
    });
    mkdirSync(join(this.#path, kind), { recursive: true });
    writeFileSync(this.#file(kind, partition), Buffer.concat(content));
    if (!existsSync(this.#file("frames", partition))) {
      writeFileSync(this.#file("frames", partition), "");
    }
  }

  #text(name: string): string {
    return readFileSync(join(this.#path, "registry", name), "utf8");
  }

  #json<T>(name: string): T {
    return JSON.parse(this.#text(name)) as T;
  }

  #setRegistry(name: string, text: string | undefined): void {
    const file = join(this.#path, "registry", name);
    if (text === undefined) rmSync(file);
    else writeFileSync(file, text);
  }
}

/** With the members of each object in order, as canonical JSON has them. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, one]) => [name, sorted(one)]));
}
