import { request } from "node:http";
import { connect } from "node:net";
import { onTestFinished } from "vitest";
import { withStatus } from "../../../src/runtime/core/election.js";
import { VoteError } from "../../../src/runtime/core/errors.js";
import { type ServeOptions, startServe } from "../../../src/runtime/serve/server.js";
import type { PartitionView, View } from "../../../src/runtime/view/port.js";
import { openEngine } from "../../../src/runtime/wiring/engine.js";
import { adminSigner } from "../data/certificate.js";
import { electionOf } from "../data/chains.js";
import { eventually, temporaryDirectory } from "../temporary.js";

export const partitionView = (
  partition: number,
  sequence: number,
  counts: number[],
): PartitionView => ({
  partition,
  sequence,
  position: (sequence + 1) * 10,
  counts,
  rejections: [1, 0, 0, 0],
  retriesAbsorbed: 2,
  sealed: false,
});

/** An open election `demo` of three candidates and two partitions, served until the test ends. */
export async function served(options: Partial<ServeOptions> = {}) {
  const engine = await openEngine({ engine: "embedded", dataDir: await temporaryDirectory() });
  const { registry, view } = engine;
  const draft = { ...electionOf("demo", 3, 2), signers: [adminSigner] };
  await registry.create(draft);
  const open = withStatus(draft, "open", 2);
  await registry.replace(open);
  await view.set("demo", partitionView(0, 3, [5, 2, 1]));
  const serve = await startServe({ registry, view, host: "127.0.0.1", port: 0, ...options });
  onTestFinished(async () => {
    await serve.stop();
    await engine.close();
  });
  const result = `${serve.url}/v1/elections/demo/result`;
  return { ...engine, election: open, serve, result };
}

/** How a view fails its readers. */
interface Breakage {
  broken: boolean;
  /** Figures that somebody else has written to it. */
  forged?: PartitionView | undefined;
  /** It has lost everything. */
  emptied?: boolean;
  /** How often it has answered. */
  answers: number;
  /** It answers only after this. */
  hold?: Promise<void>;
}

/** A real view that can be made to fail as if its server were lost. */
export function breakable(view: View): { view: View; state: Breakage } {
  const state: Breakage = { broken: false, answers: 0 };
  const proxy: View = {
    set: (election, partition) => view.set(election, partition),
    replace: (election, partition) => view.replace(election, partition),
    setRecounting: (election, at) => view.setRecounting(election, at),
    async get(election) {
      await state.hold;
      state.answers++;
      if (state.broken) throw new VoteError("view-unavailable", "The view does not answer.");
      if (state.emptied) return { partitions: [] };
      const { partitions, ...rest } = await view.get(election);
      const real = partitions.filter((one) => one.partition !== state.forged?.partition);
      return { partitions: [...real, ...(state.forged ? [state.forged] : [])], ...rest };
    },
    close: () => view.close(),
  };
  return { view: proxy, state };
}

/** Opens `demo`'s event stream; `text` is what has come so far, `ended` whether it is over. */
export async function listen(url: string, headers: Record<string, string> = {}, query = "") {
  const stream = { text: "", ended: false, headers: {} as Record<string, unknown>, status: 0 };
  const path = `${url}/v1/elections/demo/events${query}`;
  const outgoing = request(path, { headers }, (response) => {
    stream.headers = response.headers;
    stream.status = response.statusCode ?? 0;
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => {
      stream.text += chunk;
    });
    response.on("close", () => {
      stream.ended = true;
    });
    response.on("error", () => undefined);
  });
  outgoing.on("error", () => {
    stream.ended = true;
  });
  onTestFinished(() => {
    outgoing.destroy();
  });
  outgoing.end();
  await eventually("the stream's start", () => stream.status !== 0);
  return Object.assign(stream, { close: () => outgoing.destroy() });
}

/** Sends a GET on a bare connection, and returns the answer word for word. */
export async function answerTo(port: number, path: string, headers: string): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1" });
  onTestFinished(() => {
    socket.destroy();
  });
  socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n${headers}\r\n`);
  let text = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  await eventually("an answer", () => text.includes("\r\n\r\n"));
  return text;
}
