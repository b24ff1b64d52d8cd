import type { ResultHistory } from "../../contracts/http/result.js";
import { CodedBody } from "../../http/content-coding.js";

type HistoryPoint = ResultHistory["points"][number];

export const historyEverySeconds = 1;
const maxPoints = 600;
const jitterMs = 500;

/**
 * Records how an election's count grew, as seen by this process: every second at first, and at half
 * the resolution whenever there are too many points.
 */
export class History {
  readonly #election: string;
  #everySeconds = historyEverySeconds;
  #points: HistoryPoint[] = [];
  #body: CodedBody | undefined;

  constructor(election: string) {
    this.#election = election;
  }

  /** The caller adds a point every `historyEverySeconds`. */
  add(point: HistoryPoint): void {
    const [before, last] = this.#points.slice(-2);
    // The newest point is always there, and gives way to the next one unless its turn had come.
    const gapMs = this.#everySeconds * 1_000 - jitterMs;
    if (last !== undefined && last.at - before.at < gapMs) this.#points.pop();
    this.#points.push(point);
    if (this.#points.length > maxPoints) {
      this.#points = this.#points.filter((_, index) => index % 2 === 0);
      this.#everySeconds *= 2;
    }
    this.#body = undefined;
  }

  /** The time of the newest point; it grows with every change of the content. */
  get revision(): number {
    return this.#points.at(-1)?.at ?? 0;
  }

  /** `{election, everySeconds, points: [{at, counted}]}`, oldest first. */
  get body(): CodedBody {
    this.#body ??= new CodedBody(
      JSON.stringify({
        election: this.#election,
        everySeconds: this.#everySeconds,
        points: this.#points,
      } satisfies ResultHistory),
    );
    return this.#body;
  }
}
