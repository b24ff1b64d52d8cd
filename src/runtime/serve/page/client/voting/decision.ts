import type { BallotDecision } from "../../../../contracts/http/ballot-decision.js";
import type { Problem } from "../../../../contracts/http/problem.js";
import { rejectionTexts } from "../../shared/refusal.js";
import { element, setText } from "../dom.js";
import { text } from "../locale.js";
import type { Receipt } from "./ballot.js";

/** What the server wants to know before it says what has become of a ballot; not the choice. */
export type SoughtBallot = Pick<BallotDecision, "ballotId" | "position"> & {
  readonly voterTag: string;
};

/** A bound of some five minutes. */
const mostAsked = 40;
const firstPauseMs = 250;
const longestPauseMs = 10_000;
/** Bytes of the signed receipt: see docs/formats.md. */
const tagBytes = [236, 252] as const;

/** @returns undefined for an answer without a signed receipt */
export function soughtBallot({ ballotId, position, receipt }: Receipt): SoughtBallot | undefined {
  if (receipt === undefined) return undefined;
  const encoded = receipt.slice(receipt.indexOf(".") + 1);
  const bytes = atob(encoded.replaceAll("-", "+").replaceAll("_", "/")).slice(...tagBytes);
  const hex = (byte: string) => byte.charCodeAt(0).toString(16).padStart(2, "0");
  return { ballotId, position, voterTag: Array.from(bytes, hex).join("") };
}

/** Asks until the ballot is decided, at ever longer intervals, and says it in the element `id`. */
export async function showDecision(election: string, sought: SoughtBallot, id: string) {
  const say = (sentence: string) => setText(element(`${id}-text`), sentence);
  let pauseMs = firstPauseMs;
  for (let asked = 0; asked < mostAsked; asked++) {
    const decision = await ask(election, sought);
    if (decision === "unknown-ballot") return say(text.voting.notFound);
    if (decision !== undefined) {
      element(id).classList.add(decision.outcome);
      if (decision.outcome === "counted") return say(text.voting.counted);
      return showRejection(id, decision.reason ?? "");
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    pauseMs = Math.min(longestPauseMs, pauseMs * 1.5);
  }
  say(text.voting.undecided);
}

/** The card of a ballot that does not count does not greet its voter like one that does. */
function showRejection(id: string, reason: string): void {
  const { heading, note, decision, hasVoted } = rejectionTexts(reason, text);
  setText(element(`${id}-text`), decision);
  const card = element(id).closest("section");
  const part = (selector: string) => card?.querySelector<HTMLElement>(selector);
  const [title, arrived, after] = [part("h2"), part(".arrived"), part(".after")];
  if (title) setText(title, heading);
  if (arrived) setText(arrived, note);
  if (after) after.hidden = !hasVoted;
}

/** @returns undefined as long as there is no decision, or no answer */
async function ask(
  election: string,
  { ballotId, position, voterTag }: SoughtBallot,
): Promise<BallotDecision | "unknown-ballot" | undefined> {
  try {
    const query = new URLSearchParams({ position: String(position), voterTag });
    const answer = await fetch(`/v1/elections/${election}/ballots/${ballotId}?${query}`, {
      signal: AbortSignal.timeout(longestPauseMs),
    });
    const body = (await answer.json()) as BallotDecision | Problem;
    if ("code" in body) return body.code === "unknown-ballot" ? body.code : undefined;
    return body.outcome === "pending" ? undefined : body;
  } catch {
    return undefined;
  }
}
