import type { Snapshot } from "./snapshot.js";

/** What fills the screen, in the order of their keys. */
export const panels = ["overview", "tallies", "pipeline", "health", "events", "elections"] as const;
export type PanelName = (typeof panels)[number];

/** The order of the candidates; "ballot" is the election's own. */
const sortOrders = ["ballot", "votes", "votes/s", "name"] as const;
export type SortOrder = (typeof sortOrders)[number];

export type Change = "open" | "close";

/** What the keys mean. */
type Mode =
  | { readonly kind: "watch" }
  | { readonly kind: "filter" }
  /** A change of an election, which typing its id confirms. */
  | {
      readonly kind: "confirm";
      readonly change: Change;
      readonly election: string;
      readonly typed: string;
    };

export interface Notice {
  readonly level: "info" | "failure";
  readonly text: string;
}

/** How the person has set up the screen. */
export interface Interaction {
  readonly panel: PanelName;
  readonly sort: SortOrder;
  /** Only lines with this text are shown, in upper or lower case; empty for all. */
  readonly filter: string;
  readonly mode: Mode;
  /** The chosen line of the elections. */
  readonly cursor: number;
  /** The election to watch; undefined for the default one. */
  readonly election: string | undefined;
  readonly notice: Notice | undefined;
  /** To be carried out now; each request is a new object. */
  readonly request: { readonly change: Change; readonly election: string } | undefined;
}

export const initialInteraction: Interaction = {
  panel: "overview",
  sort: "ballot",
  filter: "",
  mode: { kind: "watch" },
  cursor: 0,
  election: undefined,
  notice: undefined,
  request: undefined,
};

/** What a key works on. */
interface Screen {
  readonly snapshot: Snapshot | undefined;
  readonly interaction: Interaction;
  /** Whether elections can be opened and closed from here. */
  readonly control: boolean;
}

/** A printable character, or the name of another key. */
export type KeyPress =
  | "tab"
  | "back-tab"
  | "enter"
  | "escape"
  | "backspace"
  | "up"
  | "down"
  | string;

/** Whether a filter shows a line with these texts. */
export function passes(filter: string, ...texts: readonly string[]): boolean {
  const wanted = filter.toLowerCase();
  return texts.some((text) => text.toLowerCase().includes(wanted));
}

/** The elections that the filter shows, the newest first. */
export function listedElections({ snapshot, interaction }: Screen) {
  const all = [...(snapshot?.elections ?? [])];
  all.sort((one, other) => other.createdAt - one.createdAt);
  return all.filter(({ id, title }) => passes(interaction.filter, id, title));
}

/** The interaction after a key. */
export function afterKey(state: Screen, key: KeyPress): Interaction {
  const { interaction } = state;
  switch (interaction.mode.kind) {
    case "filter":
      return inFilter(interaction, key);
    case "confirm":
      return inConfirm(interaction, interaction.mode, key);
    case "watch":
      return whileWatching(state, key);
  }
}

const watching: Mode = { kind: "watch" };

function inFilter(interaction: Interaction, key: KeyPress): Interaction {
  if (key === "enter") return { ...interaction, mode: watching };
  if (key === "escape") return { ...interaction, filter: "", mode: watching };
  return { ...interaction, cursor: 0, filter: edited(interaction.filter, key) };
}

function inConfirm(
  interaction: Interaction,
  mode: Extract<Mode, { kind: "confirm" }>,
  key: KeyPress,
): Interaction {
  const { change, election, typed } = mode;
  if (key === "escape") {
    return { ...interaction, mode: watching, notice: info("Nothing was changed.") };
  }
  if (key !== "enter") {
    return { ...interaction, mode: { ...mode, typed: edited(typed, key) } };
  }
  if (typed !== election) {
    const text = `"${typed}" is not the election's id: nothing was changed.`;
    return { ...interaction, mode: watching, notice: { level: "failure", text } };
  }
  const notice = info(
    change === "open"
      ? `Opening ${election}.`
      : `Closing ${election}: a second from now it takes no more.`,
  );
  return { ...interaction, mode: watching, notice, request: { change, election } };
}

function info(text: string): Notice {
  return { level: "info", text };
}

const longestText = 100;

function edited(text: string, key: KeyPress): string {
  if (key === "backspace") return text.slice(0, -1);
  return key.length === 1 && text.length < longestText ? text + key : text;
}

function whileWatching(state: Screen, key: KeyPress): Interaction {
  const interaction = { ...state.interaction, notice: undefined };
  const { panel, sort } = interaction;
  const number = panels.at(Number.parseInt(key, 10) - 1);
  if (/^[1-9]$/.test(key)) return number === undefined ? interaction : to(interaction, number);
  switch (key) {
    case "tab":
      return to(interaction, next(panels, panel, 1));
    case "back-tab":
      return to(interaction, next(panels, panel, -1));
    case "s":
      return { ...interaction, sort: next(sortOrders, sort, 1) };
    case "/":
      return { ...interaction, mode: { kind: "filter" } };
    case "escape":
      return { ...interaction, filter: "" };
    case "e":
      return { ...to(interaction, "elections"), cursor: watchedAt(state) };
    case "up":
    case "down":
      return moved(state, interaction, key === "up" ? -1 : 1);
    case "enter":
      return panel === "elections" ? chosen(state, interaction) : interaction;
    case "o":
      return confirming(state, interaction, "open");
    case "c":
      return confirming(state, interaction, "close");
    default:
      return interaction;
  }
}

function to(interaction: Interaction, panel: PanelName): Interaction {
  return { ...interaction, panel };
}

function next<T>(all: readonly T[], current: T, by: 1 | -1): T {
  return all[(all.indexOf(current) + by + all.length) % all.length];
}

function watchedAt(state: Screen): number {
  const id = state.snapshot?.election;
  return Math.max(
    0,
    listedElections(state).findIndex((one) => one.id === id),
  );
}

function moved(state: Screen, interaction: Interaction, by: 1 | -1): Interaction {
  const last = Math.max(0, listedElections(state).length - 1);
  return { ...interaction, cursor: Math.min(last, Math.max(0, interaction.cursor + by)) };
}

function chosen(state: Screen, interaction: Interaction): Interaction {
  const election = listedElections(state).at(interaction.cursor)?.id;
  return election === undefined ? interaction : { ...to(interaction, "overview"), election };
}

/** The change is of the chosen line in the list of elections, and else of the watched election. */
function confirming(state: Screen, interaction: Interaction, change: Change): Interaction {
  const { panel, cursor } = interaction;
  const listed = panel === "elections" ? listedElections(state).at(cursor)?.id : undefined;
  const election = listed ?? state.snapshot?.election ?? undefined;
  if (!state.control) {
    const text =
      "To open and close elections, give --admin-url and a token: --admin-token-file, or " +
      "VOTE_ADMIN_TOKEN.";
    return { ...interaction, notice: { level: "failure", text } };
  }
  if (election === undefined) {
    return { ...interaction, notice: { level: "failure", text: "There is no election." } };
  }
  const refusal = refusalOf(state, election, change);
  if (refusal !== undefined) {
    return { ...interaction, notice: { level: "failure", text: refusal } };
  }
  return { ...interaction, mode: { kind: "confirm", change, election, typed: "" } };
}

/** Why an election cannot be changed in this way, as far as its status is known. */
function refusalOf({ snapshot }: Screen, id: string, change: Change): string | undefined {
  const listed = snapshot?.elections.find((one) => one.id === id);
  if (snapshot === undefined || listed === undefined) return undefined;
  const { status, closesAt = Number.POSITIVE_INFINITY } = listed;
  if (change === "open") {
    if (status === "draft") return undefined;
    return status === "open" ? `${id} is open already.` : `${id} is closed, and stays closed.`;
  }
  if (status === "draft") return `${id} is not open yet.`;
  if (status !== "open") return `${id} is closed already.`;
  return closesAt <= snapshot.at ? `${id} is closing already.` : undefined;
}
