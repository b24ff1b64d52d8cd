import { type Ballot, isCounted, newBallotId, type Outcome, type Receipt, send } from "./ballot.js";
import { dataOf, element, setText } from "./dom.js";
import { formats, text } from "./locale.js";
import { recall, remember } from "./session.js";

const election = dataOf("voting", "election");
const ingest = dataOf("voting", "ingest");
const form = element("ballot") as HTMLFormElement;
const choices = element("choices") as HTMLFieldSetElement;
const submit = element("submit") as HTMLButtonElement;

const token = takeToken();
const voter = token === undefined ? undefined : subjectOf(token);
const place = `vote:${election}:${voter ?? ""}`;

/** Takes the token from the address's fragment and removes it, so that nobody copies it. */
function takeToken(): string | undefined {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  const tokenPlace = `vote:${election}:token`;
  if (given === null) return recall<string>(tokenPlace);
  remember(tokenPlace, given);
  history.replaceState(null, "", location.pathname + location.search);
  return given;
}

/** Reads the voter id, for display only: the ingest verifies the token. */
function subjectOf(jsonWebToken: string): string | undefined {
  try {
    const payload = jsonWebToken.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
    const { sub } = JSON.parse(new TextDecoder().decode(bytes)) as { sub?: unknown };
    return typeof sub === "string" ? sub : undefined;
  } catch {
    return undefined;
  }
}

function chosen(): string | undefined {
  const value = new FormData(form).get("choice");
  return typeof value === "string" ? value : undefined;
}

async function cast(): Promise<void> {
  // A ballot whose outcome is unknown is sent again unchanged, even if the choice has changed.
  const pending = recall<Ballot>(`${place}:pending`);
  const choice = pending?.choice ?? chosen();
  if (choice === undefined || token === undefined) {
    setText(element("message"), text.voting.chooseFirst);
    return;
  }
  const ballot = pending ?? { ballotId: newBallotId(), choice };
  remember(`${place}:pending`, ballot);
  setBusy(true);
  setText(element("message"), text.voting.sending);
  settle(await send(ballot, { ingest, election, token }));
}

function settle(outcome: Outcome): void {
  setBusy(false);
  if (outcome.kind === "unknown") {
    offerAgain();
    setText(element("message"), text.voting.unknown);
    return;
  }
  remember(`${place}:pending`, undefined);
  if (outcome.kind === "refused") {
    choices.disabled = false;
    setText(submit, text.voting.submit);
    setText(element("message"), text.voting.refused(outcome.reason));
    return;
  }
  remember(`${place}:receipt`, outcome.receipt);
  showReceipt(outcome.receipt);
  element("receipt").focus();
}

function setBusy(busy: boolean): void {
  submit.disabled = busy;
  choices.disabled = busy;
}

function offerAgain(): void {
  choices.disabled = true;
  submit.disabled = false;
  setText(submit, text.voting.again);
}

function nameOf(choice: string): string {
  const input = form.querySelector(`input[value="${CSS.escape(choice)}"]`);
  return input?.parentElement?.textContent?.trim() ?? choice;
}

function showReceipt(receipt: Receipt): void {
  form.hidden = true;
  element("receipt").hidden = false;
  setText(element("receipt-choice"), nameOf(receipt.choice));
  setText(element("receipt-ballot"), receipt.ballotId);
  setText(element("receipt-partition"), String(receipt.partition));
  setText(element("receipt-position"), String(receipt.position));
  setText(element("receipt-time"), formats.dateTime(receipt.receivedAt));
  void awaitCount(receipt);
}

async function awaitCount(receipt: Receipt): Promise<void> {
  while (!(await isCounted(election, receipt))) {
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
  element("progress").classList.add("taken");
  element("progress-icon").hidden = false;
  setText(element("progress-text"), text.voting.taken);
  setText(element("after"), text.voting.takenNote);
}

function start(): void {
  const receipt = recall<Receipt>(`${place}:receipt`);
  if (token === undefined) setText(element("message"), text.voting.noToken);
  else if (receipt !== undefined) showReceipt(receipt);
  else {
    if (voter !== undefined) setText(element("voter"), text.voting.asVoter(voter));
    setBusy(false);
    const pending = recall<Ballot>(`${place}:pending`);
    if (pending !== undefined) {
      const input = form.querySelector(`input[value="${CSS.escape(pending.choice)}"]`);
      if (input instanceof HTMLInputElement) input.checked = true;
      settle({ kind: "unknown" });
    }
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void cast();
});
// Another voter's link opened in this tab changes only the fragment.
addEventListener("hashchange", () => location.reload());
start();
