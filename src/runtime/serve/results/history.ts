import { CodedBody } from "../../http/content-coding.js";

export interface HistoryPoint {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly counted: number;
}

export const historyEverySeconds = 1;
const maxPoints = 600;

/** How an election's count has grown over the last ten minutes, as this process has seen it. */
export class History {
  readonly #election: string;
  #points: HistoryPoint[] = [];
  #body: CodedBody | undefined;

  constructor(election: string) {
    this.#election = election;
  }

  /** The caller sees to it that this happens every `historyEverySeconds`. */
  add(point: HistoryPoint): void {
    this.#points.push(point);
    if (this.#points.length > maxPoints) this.#points = this.#points.slice(-maxPoints);
    this.#body = undefined;
  }

  /** When the newest point was added; grows, so that it can stand for the content. */
  get revision(): number {
    return this.#points.at(-1)?.at ?? 0;
  }

  /** `{election, everySeconds, points: [{at, counted}]}`, oldest first. */
  get body(): CodedBody {
    this.#body ??= new CodedBody(
      JSON.stringify({
        election: this.#election,
        everySeconds: historyEverySeconds,
        points: this.#points,
      }),
    );
    return this.#body;
  }
}
