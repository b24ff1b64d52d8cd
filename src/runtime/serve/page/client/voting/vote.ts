import type { VotingPhase } from "../../shared/hours.js";
import { refusalText } from "../../shared/refusal.js";
import { dataOf, element, setText } from "../dom.js";
import { formats, text } from "../locale.js";
import { type Ballot, isCounted, newBallotId, type Outcome, type Receipt, send } from "./ballot.js";
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
let awaited: Receipt | undefined;
/** Why the last ballot was refused. */
let refusal = "";

/** Shows the receipt, the word to who has voted, or the form while ballots are taken. */
function show(phase: VotingPhase): void {
  const receipt = ofThisElection(recall<Receipt>(`${place}:receipt`));
  // On a computer that others use as well, it must not tell them the choice.
  const voted = ofThisElection(recall<Pick<Receipt, "receivedAt">>(`${place}:voted`, ofBrowser));
  const hasVoted = receipt !== undefined || voted !== undefined;
  form.hidden = hasVoted || voter === undefined || phase !== "open";
  element("receipt").hidden = receipt === undefined;
  element("voted").hidden = receipt !== undefined || voted === undefined;
  if (receipt !== undefined) showReceipt(receipt);
  else if (voted !== undefined) {
    const note = text.voting.votedNote(formats.dateTime(voted.receivedAt));
    setText(element("voted-note"), note);
  }
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

/** @param again the ballot was sent before, and its outcome is unknown */
async function settle(outcome: Outcome, again: boolean): Promise<void> {
  if (outcome.kind === "unknown") return offerAgain();
  remember(`${place}:pending`, undefined);
  if (outcome.kind === "refused") {
    setText(submit, text.voting.submit);
    refusal = refusalText(outcome.code, again, text);
    say(refusal);
    return hours.ask();
  }
  const { receipt } = outcome;
  remember(`${place}:receipt`, receipt);
  remember(`${place}:voted`, { receivedAt: receipt.receivedAt }, ofBrowser);
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
  if (awaited === undefined) void awaitCount(receipt);
  awaited = receipt;
}

/** Offers the signed promise as a file: it is of use only to whoever has it later. */
function showSigned(signed: string | undefined): void {
  element("signed").hidden = signed === undefined;
  if (signed === undefined) return;
  setText(element("signed-text"), signed);
  const save = element("signed-save") as HTMLAnchorElement;
  save.href = `data:text/plain,${signed}%0A`;
  save.download = `receipt-${election}.txt`;
}

async function awaitCount(receipt: Receipt): Promise<void> {
  while (!(await isCounted(election, receipt))) {
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
  element("progress").classList.add("taken");
  element("progress-icon").hidden = false;
  setText(element("progress-text"), text.voting.taken);
}

if (voter?.id !== undefined) setText(element("voter"), text.voting.asVoter(voter.id));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  void cast();
});
// Another voter's link opened in this tab changes only the fragment.
addEventListener("hashchange", () => location.reload());
void hours.start();
