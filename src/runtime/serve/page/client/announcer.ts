import { type Figures, type Standing, standingOf } from "../shared/live-result.js";
import { element } from "./dom.js";
import { formats, text } from "./locale.js";

/** Whoever listens to the page gets a summary this often, not every change. */
const everyMs = 20_000;

/** Tells screen readers how it stands: at once when the standing changes, else now and then. */
export class Announcer {
  #saidAt: number;
  #standing: Standing | undefined;

  constructor(now: number) {
    // The page has just been read out as it was sent.
    this.#saidAt = now;
  }

  figures(figures: Figures, now: number): void {
    const standing = standingOf(figures);
    const changed = this.#standing !== undefined && this.#standing !== standing;
    this.#standing = standing;
    if (!changed && now - this.#saidAt < everyMs) return;
    const summary = summaryOf(figures);
    this.say(changed ? `${text.standing[standing].label}. ${summary}` : summary, now);
  }

  say(sentence: string, now: number): void {
    element("announcer").textContent = sentence;
    this.#saidAt = now;
  }
}

function summaryOf(figures: Figures): string {
  const leader = figures.result.reduce((one, other) => (other.votes > one.votes ? other : one));
  const { title, counted } = figures;
  if (leader.votes === 0) return text.announceNone(title);
  const share = formats.share(leader.share);
  return text.announce(title, formats.count(counted), leader.name, share);
}
