import type { ResultHistory } from "../../contracts/http/result.js";
import { CodedBody } from "../../http/content-coding.js";

type HistoryPoint = ResultHistory["points"][number];

export const historyEverySeconds = 1;
const maxPoints = 600;

/** Records how an election's count grew over the last ten minutes, as seen by this process. */
export class History {
  readonly #election: string;
  #points: HistoryPoint[] = [];
  #body: CodedBody | undefined;

  constructor(election: string) {
    this.#election = election;
  }

  /** The caller adds a point every `historyEverySeconds`. */
  add(point: HistoryPoint): void {
    this.#points.push(point);
    if (this.#points.length > maxPoints) this.#points = this.#points.slice(-maxPoints);
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
        everySeconds: historyEverySeconds,
        points: this.#points,
      } satisfies ResultHistory),
    );
    return this.#body;
  }
}
