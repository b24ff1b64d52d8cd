import type { LiveResult } from "../../../contracts/http/result.js";
import type { Delta } from "../../live/delta.js";
import { applyDelta } from "../shared/live-result.js";

/** Gets what happens on an event stream. */
interface LiveListener {
  /** Called with every new state. */
  result(result: LiveResult): void;
  /** `lost` until the stream is back; `ended` if nothing more will come. */
  connection(state: "open" | "lost" | "ended"): void;
}

/** If the browser gives up, we reconnect after this, spread out over all clients. */
const reconnectAfterMs = 1_500;
const spreadMs = 1_500;

/** Follows an election's result over its event stream until it is official. */
export function follow(election: string, listener: LiveListener): void {
  const base = `/v1/elections/${election}`;
  let known: LiveResult | undefined;
  let fetching = false;

  const take = (figures: LiveResult) => {
    known = figures;
    listener.result(figures);
  };
  const takeDelta = (delta: Delta) => {
    const next = known === undefined ? undefined : applyDelta(known, delta);
    if (next === undefined) void fetchWhole();
    else if (next !== known) take(next);
  };
  const fetchWhole = async () => {
    if (fetching) return;
    fetching = true;
    try {
      const answer = await fetch(`${base}/result`, { cache: "no-store" });
      if (answer.ok) take((await answer.json()) as LiveResult);
    } catch {
      // The next event fetches again.
    } finally {
      fetching = false;
    }
  };
  const connect = () => {
    const source = new EventSource(`${base}/events`);
    source.addEventListener("open", () => listener.connection("open"));
    source.addEventListener("result", ({ data }) => take(JSON.parse(data) as LiveResult));
    source.addEventListener("delta", ({ data }) => takeDelta(JSON.parse(data) as Delta));
    source.addEventListener("end", () => {
      source.close();
      listener.connection("ended");
    });
    source.addEventListener("error", () => {
      listener.connection("lost");
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(connect, reconnectAfterMs + Math.random() * spreadMs);
    });
  };
  connect();
}
