import type { VotingPhase } from "../../shared/hours.js";
import { refusalText } from "../../shared/refusal.js";
import { dataOf, element, setText } from "../dom.js";
import { formats, text } from "../locale.js";
import { type Ballot, newBallotId, type Outcome, type Receipt, send } from "./ballot.js";
import { type SoughtBallot, showDecision, soughtBallot } from "./decision.js";
import { drawReceipt } from "./receipt-picture.js";
import { ofBrowser, recall, remember } from "./session.js";
import { takeVoter } from "./voter.js";
import { VotingHours } from "./voting-hours.js";

const election = dataOf("voting", "election");
const ingest = dataOf("voting", "ingest");
const form = element("ballot") as HTMLFormElement;
const choices = element("choices") as HTMLFieldSetElement;
const submit = element("submit") as HTMLButtonElement;

const voter = takeVoter(election);
const place = `vote:${election}:${voter?.id ?? ""}`;
const hours = new VotingHours(election, show);
/** The elements that say what becomes of a ballot. */
const deciding = new Set<string>();
/** Why the last ballot was refused. */
let refusal = "";

/** What this browser keeps: on a computer that others use as well, nothing tells the choice. */
interface Voted {
  readonly receivedAt: number;
  readonly sought?: SoughtBallot | undefined;
}

/** Shows the receipt, the word to who has voted, or the form while ballots are taken. */
function show(phase: VotingPhase): void {
  const receipt = ofThisElection(recall<Receipt>(`${place}:receipt`));
  const voted = ofThisElection(recall<Voted>(`${place}:voted`, ofBrowser));
  const hasVoted = receipt !== undefined || voted !== undefined;
  form.hidden = hasVoted || voter === undefined || phase !== "open";
  element("receipt").hidden = receipt === undefined;
  element("voted").hidden = receipt !== undefined || voted === undefined;
  if (receipt !== undefined) showReceipt(receipt);
  else if (voted !== undefined) showVoted(voted);
  // What becomes of a ballot that is under way is said later.
  if (submit.disabled) return;
  const isUnknown = !hasVoted && recall(`${place}:pending`) !== undefined;
  if (!isUnknown) say(voter === undefined && phase === "open" ? text.voting.noToken : refusal);
  else if (phase === "open") offerAgain();
  else say(text.voting.unknownAtEnd);
}

/** An election of the same name before this one may have left its ballots here. */
function ofThisElection<T extends Pick<Receipt, "receivedAt">>(kept: T | undefined): T | undefined {
  return kept !== undefined && kept.receivedAt >= (hours.openedAt ?? 0) ? kept : undefined;
}

function say(sentence: string): void {
  setText(element("message"), sentence);
  element("message").hidden = sentence === "";
}

async function cast(): Promise<void> {
  // A ballot whose outcome is unknown is sent again unchanged, even if the choice has changed.
  const pending = recall<Ballot>(`${place}:pending`);
  const chosen = new FormData(form).get("choice");
  const choice = pending?.choice ?? chosen;
  if (typeof choice !== "string" || voter === undefined) return say(text.voting.chooseFirst);
  const ballot = pending ?? { ballotId: newBallotId(), choice };
  remember(`${place}:pending`, ballot);
  setBusy(true);
  refusal = "";
  say(text.voting.sending);
  const outcome = await send(ballot, { ingest, election, token: voter.token });
  setBusy(false);
  await settle(outcome, pending !== undefined);
}

/** Refusals of this attempt, and not of the ballot. */
const isForNow = new Set(["too-many-requests", "proof-required"]);

/** @param again the ballot was sent before, and its outcome is unknown */
async function settle(outcome: Outcome, again: boolean): Promise<void> {
  if (outcome.kind === "unknown") return offerAgain();
  // The attempt before may have arrived: the next one must be the same ballot.
  if (again && outcome.kind === "refused" && isForNow.has(outcome.code)) {
    return offerAgain();
  }
  remember(`${place}:pending`, undefined);
  if (outcome.kind === "refused") {
    setText(submit, text.voting.submit);
    refusal = refusalText(outcome.code, again, text);
    say(refusal);
    return hours.ask();
  }
  const { receipt } = outcome;
  remember(`${place}:receipt`, receipt);
  const voted: Voted = { receivedAt: receipt.receivedAt, sought: soughtBallot(receipt) };
  remember(`${place}:voted`, voted, ofBrowser);
  show("open");
  element("receipt").focus();
}

function setBusy(busy: boolean): void {
  submit.disabled = busy;
  choices.disabled = busy;
}

function offerAgain(): void {
  const pending = recall<Ballot>(`${place}:pending`);
  const input = pending && inputOf(pending.choice);
  if (input) input.checked = true;
  choices.disabled = true;
  setText(submit, text.voting.again);
  say(text.voting.unknown);
}

function inputOf(choice: string): HTMLInputElement | null {
  return form.querySelector(`input[value="${CSS.escape(choice)}"]`);
}

function showReceipt(receipt: Receipt): void {
  const name = inputOf(receipt.choice)?.parentElement?.textContent?.trim();
  setText(element("receipt-choice"), name ?? receipt.choice);
  setText(element("receipt-ballot"), receipt.ballotId);
  setText(element("receipt-time"), formats.dateTime(receipt.receivedAt));
  setText(element("receipt-partition"), String(receipt.partition));
  setText(element("receipt-position"), String(receipt.position));
  showSigned(receipt.receipt);
  decide("progress", soughtBallot(receipt));
}

function showVoted({ receivedAt, sought }: Voted): void {
  setText(element("voted-note"), text.voting.votedNote(formats.dateTime(receivedAt)));
  decide("voted-progress", sought);
}

/** Says in an element, once, what becomes of the ballot. */
function decide(id: string, sought: SoughtBallot | undefined): void {
  element(id).hidden = sought === undefined;
  if (sought === undefined || deciding.has(id)) return;
  deciding.add(id);
  void showDecision(election, sought, id);
}

/** Offers the signed promise, of use only to whoever has it later, as a file and to a camera. */
function showSigned(signed: string | undefined): void {
  element("signed").hidden = signed === undefined;
  if (signed === undefined) return;
  setText(element("signed-text"), signed);
  const save = element("signed-save") as HTMLAnchorElement;
  save.href = `data:text/plain,${signed}%0A`;
  save.download = `receipt-${election}.txt`;
  drawReceipt(element("signed-picture"), signed);
}

if (voter?.id !== undefined) setText(element("voter"), text.voting.asVoter(voter.id));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  void cast();
});
// Another voter's link opened in this tab changes only the fragment.
addEventListener("hashchange", () => location.reload());
void hours.start();
