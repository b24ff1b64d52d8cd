import type { LiveResult } from "../../../contracts/http/result.js";
import type { Delta } from "../../live/delta.js";
import { applyDelta } from "../shared/live-result.js";
import { maxSilenceMs } from "./banner.js";

/** Gets what happens on an event stream. */
interface LiveListener {
  /** Called with every new state. */
  result(result: LiveResult): void;
  /** Called with every sign of the server, before what it says. */
  heard(): void;
  /** `lost` until the stream is back; `ended` if nothing more will come. */
  connection(state: "open" | "lost" | "ended"): void;
}

/** If the browser gives up, we reconnect after this, spread out over all clients. */
const reconnectAfterMs = 1_500;
const spreadMs = 1_500;
const fetchTimeoutMs = 10_000;

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
      const answer = await fetch(`${base}/result`, {
        cache: "no-store",
        signal: AbortSignal.timeout(fetchTimeoutMs),
      });
      if (answer.ok) take((await answer.json()) as LiveResult);
    } catch {
      // The next event fetches again.
    } finally {
      fetching = false;
    }
  };
  const connectLater = () => setTimeout(connect, reconnectAfterMs + Math.random() * spreadMs);
  const connect = () => {
    const source = new EventSource(`${base}/events`);
    // A connection may stand although nobody is at its other end.
    const giveUp = () => {
      source.close();
      listener.connection("lost");
      connectLater();
    };
    let silence = setTimeout(giveUp, maxSilenceMs);
    const on = (event: string, act: (data: string) => void) =>
      source.addEventListener(event, ({ data }: MessageEvent<string>) => {
        clearTimeout(silence);
        silence = setTimeout(giveUp, maxSilenceMs);
        listener.heard();
        act(data);
      });
    source.addEventListener("open", () => listener.connection("open"));
    on("alive", () => {});
    on("result", (data) => take(JSON.parse(data) as LiveResult));
    on("delta", (data) => takeDelta(JSON.parse(data) as Delta));
    on("end", () => {
      clearTimeout(silence);
      source.close();
      listener.connection("ended");
    });
    source.addEventListener("error", () => {
      listener.connection("lost");
      if (source.readyState !== EventSource.CLOSED) return;
      clearTimeout(silence);
      connectLater();
    });
  };
  connect();
}
