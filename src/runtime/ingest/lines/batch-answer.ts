import type { VoteError } from "../../core/errors.js";
import type { OpenFrame, PendingAnswer } from "../gather/open-frame.js";

/** The outcome of each line of one batch. */
export class BatchAnswer implements PendingAnswer {
  /** By line: the place in `#frames` of its ballot's frame, -1 if refused. */
  readonly #frameOfLine: Int32Array;
  readonly #ballotIdOf: (index: number) => string;
  readonly #refusals = new Map<number, VoteError>();
  readonly #frames: OpenFrame[] = [];
  /** By partition: the place in `#frames` of the frame that took its latest ballot. */
  readonly #latest: Int32Array;
  #accepted = 0;
  #unsettled = 0;
  #done: () => void = () => {};

  /** @param ballotIdOf the ballot id of an accepted line */
  constructor(partitions: number, lines: number, ballotIdOf: (index: number) => string) {
    this.#frameOfLine = new Int32Array(lines).fill(-1);
    this.#ballotIdOf = ballotIdOf;
    this.#latest = new Int32Array(partitions).fill(-1);
  }

  /** Notes that a line's ballot stands in this frame. */
  accept(index: number, frame: OpenFrame): void {
    let place = this.#latest[frame.partition];
    if (place === -1 || this.#frames[place] !== frame) {
      place = this.#frames.push(frame) - 1;
      this.#latest[frame.partition] = place;
      this.#unsettled++;
    }
    this.#frameOfLine[index] = place;
    this.#accepted++;
  }

  /** Notes that a line is no ballot. */
  refuse(index: number, error: VoteError): void {
    this.#refusals.set(index, error);
  }

  /** How many lines stand in frames; once settled, in those that are durable. */
  get accepted(): number {
    return this.#accepted;
  }

  settled(): void {
    if (--this.#unsettled === 0) this.#done();
  }

  /**
   * Resolves once every frame is settled. The lines of frames given up then count as refused.
   *
   * @throws VoteError `log-unavailable` if no frame became durable
   */
  async settledAll(): Promise<void> {
    if (this.#unsettled > 0) {
      await new Promise<void>((resolve) => {
        this.#done = resolve;
      });
    }
    const failure = this.#frames.find((frame) => frame.failure !== undefined)?.failure;
    if (failure === undefined) return;
    if (this.#frames.every((frame) => frame.failure !== undefined)) throw failure;
    for (let index = 0; index < this.#frameOfLine.length; index++) {
      if (this.#frameOfLine[index] === -1) continue;
      if (this.#frames[this.#frameOfLine[index]].failure === undefined) continue;
      this.#refusals.set(index, failure);
      this.#accepted--;
    }
  }

  /**
   * JSON: `{accepted, refused, lines}`, with a line for each: `{line, ballotId, partition,
   * position}`, or `{line, code, detail}`.
   */
  full(): string {
    const places = this.#frames.map(
      ({ partition, position }) => `,"partition":${partition},"position":${position}}`,
    );
    let lines = "";
    for (let index = 0; index < this.#frameOfLine.length; index++) {
      const refusal = this.#refusals.get(index);
      if (index > 0) lines += ",";
      lines +=
        refusal === undefined
          ? `{"line":${index + 1},"ballotId":"${this.#ballotIdOf(index)}"` +
            places[this.#frameOfLine[index]]
          : this.#refusal(index, refusal);
    }
    return `{${this.#totals()},"lines":[${lines}]}`;
  }

  /** JSON: `{accepted, refused, refusals: [{line, code, detail}], positions: {partition: n}}`. */
  summary(): string {
    const positions: Record<number, number> = {};
    for (const { partition, position } of this.#frames) {
      if (position > (positions[partition] ?? -1)) positions[partition] = position;
    }
    const refusals = [...this.#refusals]
      .sort(([one], [other]) => one - other)
      .map(([index, error]) => this.#refusal(index, error));
    return (
      `{${this.#totals()},"refusals":[${refusals.join(",")}],` +
      `"positions":${JSON.stringify(positions)}}`
    );
  }

  #totals(): string {
    return `"accepted":${this.#accepted},"refused":${this.#refusals.size}`;
  }

  /** Names the ballot id only if its frame was given up, so that it can be sent again. */
  #refusal(index: number, { code, message }: VoteError): string {
    const ballotId = this.#frameOfLine[index] === -1 ? undefined : this.#ballotIdOf(index);
    return JSON.stringify({ line: index + 1, ballotId, code, detail: message });
  }
}
