import type { LiveResult } from "../../../../contracts/http/result.js";
import {
  countdownText,
  type Hours,
  hoursText,
  phaseOf,
  standingOfPhase,
  type VotingPhase,
} from "../../shared/hours.js";
import { serverNow, setClock } from "../clock.js";
import { dataOf, element, setText } from "../dom.js";
import { formats, text } from "../locale.js";

/** How often the server is asked whether somebody has changed the hours. */
const askEveryMs = 5_000;

/** Shows whether voting is open and for how long, and says so whenever that changes. */
export class VotingHours {
  #hours = JSON.parse(dataOf("voting", "hours")) as Hours;
  #phase: VotingPhase | undefined;

  constructor(
    readonly election: string,
    readonly onPhase: (phase: VotingPhase) => void,
  ) {}

  /** When voting began, milliseconds since the epoch; undefined before. */
  get openedAt(): number | undefined {
    return this.#hours.openedAt;
  }

  /** Shows the hours from now on. */
  async start(): Promise<void> {
    this.#show();
    setInterval(() => this.#show(), 1_000);
    setInterval(() => void this.ask(), askEveryMs);
    await this.ask();
  }

  /** Asks the server for the hours; without an answer, those known before stand. */
  async ask(): Promise<void> {
    try {
      const answer = await fetch(`/v1/elections/${this.election}/result`, {
        cache: "no-store",
        signal: AbortSignal.timeout(askEveryMs),
      });
      if (!answer.ok) return;
      setClock(answer);
      this.#hours = (await answer.json()) as LiveResult;
      this.#show();
    } catch {
      // The next one may be answered.
    }
  }

  #show(): void {
    const now = serverNow();
    const phase = phaseOf(this.#hours, now);
    setText(element("hours"), hoursText(this.#hours, now, text, formats));
    setText(element("countdown"), countdownText(this.#hours, now, text));
    if (phase === this.#phase) return;
    this.#phase = phase;
    document.body.dataset.standing = standingOfPhase(phase);
    this.onPhase(phase);
  }
}
