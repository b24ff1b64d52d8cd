import { closeSync, fchmodSync, openSync, rmSync, writeSync } from "node:fs";
import type { LoadFinding } from "../../contracts/load/load-finding.js";
import type { FindingSink } from "./findings.js";

export const maxFindingsInFile = 1_000_000;
const flushAtCharacters = 256 * 1_024;

/**
 * A reconciliation's findings as NDJSON, in a file that only its owner may read. The first finding
 * creates it. A write that fails does not end the run: the record still says that something is
 * wrong, and `failure` why the file is incomplete.
 */
export class FindingsFile implements FindingSink {
  readonly path: string;
  readonly #bound: number;
  #descriptor: number | undefined;
  #waiting = "";
  #taken = 0;
  /** Why writing ended early. */
  failure: Error | undefined;

  /** @param bound the most findings in the file */
  constructor(path: string, bound = maxFindingsInFile) {
    this.path = path;
    this.#bound = bound;
  }

  get isFull(): boolean {
    return this.failure !== undefined || this.#taken >= this.#bound;
  }

  take(finding: LoadFinding): void {
    if (this.isFull) return;
    this.#taken++;
    this.#waiting += `${JSON.stringify(finding)}\n`;
    if (this.#waiting.length >= flushAtCharacters) this.#flush();
  }

  /** Idempotent. @returns whether a file was written */
  close(): boolean {
    this.#flush();
    const written = this.#descriptor !== undefined;
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
    return written;
  }

  /** Removes what was written: the findings are outdated. */
  discard(): void {
    if (this.close()) rmSync(this.path, { force: true });
  }

  /** Synchronous: findings come from loops over millions of ballots that do not wait. */
  #flush(): void {
    if (this.#waiting === "" || this.failure !== undefined) return;
    try {
      if (this.#descriptor === undefined) {
        this.#descriptor = openSync(this.path, "w", 0o600);
        fchmodSync(this.#descriptor, 0o600);
      }
      const bytes = Buffer.from(this.#waiting);
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#descriptor, bytes, at);
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
    }
    this.#waiting = "";
  }
}
