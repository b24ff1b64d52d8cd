import { VoteError } from "../../core/errors.js";

/** Reads exact numbers of bytes from a stream, straight into where they belong. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Fills the target. @throws VoteError `agent-lost` when the stream ends before it is full */
  async fill(target: Uint8Array): Promise<void> {
    for (let filled = 0; filled < target.length; ) {
      if (this.#chunk.length === 0 && !(await this.#more())) throw cutShort();
      const part = this.#chunk.subarray(0, target.length - filled);
      target.set(part, filled);
      filled += part.length;
      this.#chunk = this.#chunk.subarray(part.length);
    }
  }

  /** Checks that nothing follows. @throws VoteError `agent-lost` when something does */
  async end(): Promise<void> {
    if (this.#chunk.length > 0 || (await this.#more())) {
      throw new VoteError("agent-lost", "The agent's outcome is longer than it says.");
    }
  }

  async #more(): Promise<boolean> {
    do {
      const next = await this.#chunks.next();
      if (next.done === true) return false;
      this.#chunk = next.value;
    } while (this.#chunk.length === 0);
    return true;
  }
}

function cutShort(): VoteError {
  return new VoteError("agent-lost", "The agent's outcome ends before it is whole.");
}
