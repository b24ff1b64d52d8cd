import { closeSync, fchmodSync, openSync, writeSync } from "node:fs";
import type { FindingSink, LoadFinding } from "./findings.js";

export const maxFindingsInFile = 1_000_000;
const flushAtCharacters = 256 * 1_024;

/**
 * A reconciliation's findings as NDJSON, one a line, in a file that only its owner may read. There
 * is no file before there is a finding. What cannot be written never ends a run: the record says
 * all the same that something is wrong, and `failure` why the file is not whole.
 */
export class FindingsFile implements FindingSink {
  readonly path: string;
  readonly #bound: number;
  #descriptor: number | undefined;
  #waiting = "";
  #taken = 0;
  /** Why writing ended early. */
  failure: Error | undefined;

  /** @param bound findings in the file at most */
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

  /** Idempotent. @returns whether there is a file */
  close(): boolean {
    this.#flush();
    const written = this.#descriptor !== undefined;
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
    return written;
  }

  /** Synchronous: findings come out of loops over millions of ballots that wait for nobody. */
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
