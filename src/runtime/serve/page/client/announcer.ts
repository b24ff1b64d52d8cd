import type { LiveResult } from "../../../contracts/http/result.js";
import { labelOf } from "../shared/present.js";
import { element } from "./dom.js";
import { formats, text } from "./locale.js";

/** Screen readers read a summary this often, not every change. */
const summaryEveryMs = 20_000;

/** Announces a change of standing to screen readers at once, and a summary now and then. */
export class Announcer {
  #saidAt: number;
  #label: string | undefined;

  constructor(now: number) {
    // The screen reader has just read the page itself.
    this.#saidAt = now;
  }

  /** Takes a new result, and announces it if it is time. */
  update(figures: LiveResult, now: number): void {
    const label = labelOf(figures, text);
    const changed = this.#label !== undefined && this.#label !== label;
    this.#label = label;
    if (!changed && now - this.#saidAt < summaryEveryMs) return;
    const summary = summaryOf(figures);
    this.say(changed ? `${label}. ${summary}` : summary, now);
  }

  /** Announces a sentence at once. */
  say(sentence: string, now: number): void {
    element("announcer").textContent = sentence;
    this.#saidAt = now;
  }
}

function summaryOf(figures: LiveResult): string {
  const leader = figures.result.reduce((one, other) => (other.votes > one.votes ? other : one));
  const { title, counted } = figures;
  if (leader.votes === 0) return text.announceNone(title);
  const votes = text.votesUnit(formats.count(counted), counted);
  return text.announce(title, votes, leader.name, formats.share(leader.share));
}
