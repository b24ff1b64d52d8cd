import { createHash } from "node:crypto";

/** What happened in a simulation, line by line. Two runs of a seed have the same digest. */
export class Trace {
  readonly #hash = createHash("sha256");
  readonly #print: ((line: string) => void) | undefined;
  lines = 0;

  /** @param print gets each line */
  constructor(print?: (line: string) => void) {
    this.#print = print;
  }

  note(atMs: number, who: string, what: string): void {
    const line = `${(atMs / 1_000).toFixed(6)} ${who} ${what}`;
    this.lines++;
    this.#hash.update(line).update("\n");
    this.#print?.(line);
  }

  /** Ends the trace. @returns SHA-256 of all lines, in hexadecimal */
  digest(): string {
    return this.#hash.digest("hex");
  }
}
