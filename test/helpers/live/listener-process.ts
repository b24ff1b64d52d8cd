/**
 * A process of its own, so that a thousand clients do not hold up the test that watches them.
 * Forked by `ListenerCrowd`; ends when that does.
 */
import { Listener, type ListenerPage } from "./listener.js";
import {
  keepListening,
  type ListenAddress,
  overEvents,
  overWebSocket,
} from "./listener-connection.js";

interface ListenOrder extends ListenAddress {
  readonly events: number;
  readonly webSockets: number;
}

/** A request of the parent: listen, report, or report and begin anew. */
export type ListenerOrder = ListenOrder | "look" | "turn";

/** The state of all clients together. */
export interface ListenersNow {
  readonly connected: number;
  readonly ended: number;
  /** Clients that have been told so since the page was turned. */
  readonly stale: number;
  readonly behind: number;
  readonly closing: number;
  /** Connections lost since then, and clients that have lost one. */
  readonly reconnects: number;
  readonly lost: number;
  readonly events: number;
  readonly refused: number;
  readonly longestSilenceMs: number;
  /** By the client that has heard of the fewest. */
  readonly counted: number;
  /** Different ones; what of them the certificate says too. */
  readonly officials: readonly string[];
  readonly problemCount: number;
  /** The first of them. */
  readonly problems: readonly string[];
}

const listeners: Listener[] = [];
const shownProblems = 10;

function begin({ events, webSockets, ...address }: ListenOrder): void {
  for (let index = 0; index < events + webSockets; index++) {
    const listener = new Listener(performance.now());
    listeners.push(listener);
    keepListening(listener, address, index < events ? overEvents : overWebSocket);
  }
}

function now(pages: readonly ListenerPage[]): ListenersNow {
  const how = (is: (page: ListenerPage) => boolean) => pages.filter(is).length;
  const sum = (of: (page: ListenerPage) => number) => pages.reduce((all, one) => all + of(one), 0);
  const problems = listeners.flatMap((listener) => listener.problems);
  const officials = listeners.flatMap(({ official }) => official ?? []);
  return {
    connected: listeners.filter(({ connected }) => connected).length,
    ended: listeners.filter(({ ended }) => ended).length,
    stale: how(({ stale }) => stale),
    behind: how(({ behind }) => behind),
    closing: how(({ closing }) => closing > 0),
    reconnects: sum(({ lost }) => lost),
    lost: how(({ lost }) => lost > 0),
    events: sum(({ events }) => events),
    refused: sum(({ refused }) => refused),
    longestSilenceMs: Math.max(...pages.map(({ longestSilenceMs }) => longestSilenceMs)),
    counted: Math.min(...listeners.map(({ state }) => Number(state?.counted ?? -1))),
    officials: [...new Set(officials)],
    problemCount: problems.length,
    problems: problems.slice(0, shownProblems),
  };
}

process.on("message", (order: ListenerOrder) => {
  if (order === "look") process.send?.(now(listeners.map(({ page }) => page)));
  else if (order === "turn") {
    const at = performance.now();
    process.send?.(now(listeners.map((listener) => listener.turnPage(at))));
  } else begin(order);
});
process.once("disconnect", () => process.exit(0));
