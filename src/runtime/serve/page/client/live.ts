import type { Delta } from "../../live/delta.js";
import { type Figures, withDelta } from "../shared/live-result.js";

export interface LiveListener {
  /** Told of every change. */
  figures(figures: Figures): void;
  /** `lost` until the stream is there again; `ended` when nothing more will come. */
  connection(state: "open" | "lost" | "ended"): void;
}

/** The browser gave up by itself: come back, but not everybody at the same moment. */
const comeBackAfterMs = 1_500;
const spreadMs = 1_500;

/** Follows one election's result until it is official. */
export function follow(election: string, listener: LiveListener): void {
  const base = `/v1/elections/${election}`;
  let known: Figures | undefined;
  let fetching = false;

  const take = (figures: Figures) => {
    known = figures;
    listener.figures(figures);
  };
  const takeDelta = (delta: Delta) => {
    const next = known === undefined ? undefined : withDelta(known, delta);
    if (next === undefined) void fetchWhole();
    else if (next !== known) take(next);
  };
  const fetchWhole = async () => {
    if (fetching) return;
    fetching = true;
    try {
      const answer = await fetch(`${base}/result`, { cache: "no-store" });
      if (answer.ok) take((await answer.json()) as Figures);
    } catch {
      // The stream's next event asks again.
    } finally {
      fetching = false;
    }
  };
  const connect = () => {
    const source = new EventSource(`${base}/events`);
    source.addEventListener("open", () => listener.connection("open"));
    source.addEventListener("result", ({ data }) => take(JSON.parse(data) as Figures));
    source.addEventListener("delta", ({ data }) => takeDelta(JSON.parse(data) as Delta));
    source.addEventListener("end", () => {
      source.close();
      listener.connection("ended");
    });
    source.addEventListener("error", () => {
      listener.connection("lost");
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(connect, comeBackAfterMs + Math.random() * spreadMs);
    });
  };
  connect();
}
