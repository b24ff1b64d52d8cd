import { get, type IncomingMessage } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { createElection, type Election } from "../../../src/runtime/core/election.js";
import { startServe } from "../../../src/runtime/serve/server.js";
import { openEngine } from "../../../src/runtime/wiring/engine.js";
import { identityOf } from "../../helpers/data/identity.js";
import { eventually, temporaryDirectory } from "../../helpers/temporary.js";

/** Events so large that a few of them fill every buffer between server and client. */
async function served(maxStuckMs: number) {
  const engine = await openEngine({ engine: "embedded", dataDir: await temporaryDirectory() });
  const { registry, view } = engine;
  const candidates = [{ id: "one", name: "One" }];
  const draft = { id: "demo", title: "Demo", candidates, partitions: 1, createdAt: 1 };
  let election: Election = createElection({ ...draft, ...identityOf("demo") });
  await registry.create(election);
  const serve = await startServe({
    registry,
    view,
    host: "127.0.0.1",
    port: 0,
    tickMs: 10,
    maxStuckMs,
    maxStreams: 2,
  });
  onTestFinished(async () => {
    await serve.stop();
    await engine.close();
  });
  let sequence = 0;
  const change = async () => {
    // What has changed is sent whole: a title this long makes a message this large.
    const title = `${"x".repeat(2_000_000)} ${sequence}`;
    election = { ...election, title, revision: election.revision + 1 };
    await registry.replace(election);
    await view.set("demo", {
      partition: 0,
      sequence: sequence++,
      position: sequence,
      counts: [sequence],
      rejections: [0, 0, 0, 0],
      retriesAbsorbed: 0,
      sealed: false,
    });
  };
  return { url: `${serve.url}/v1/elections/demo/events`, change, sequence: () => sequence };
}

/** A client that has connected and reads nothing. */
async function stubborn(url: string): Promise<IncomingMessage> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = get(url, resolve);
    outgoing.on("error", reject);
    onTestFinished(() => {
      outgoing.destroy();
    });
  });
  response.pause();
  response.on("error", () => undefined);
  return response;
}

describe("a client that does not read", () => {
  it("is dropped, and others still get every state", async () => {
    const { url, change } = await served(10_000);
    const stuck = await stubborn(url);
    const reading = await stubborn(url);
    let read = 0;
    reading.on("data", (chunk: Buffer) => {
      read += chunk.length;
    });
    reading.resume();
    const timer = setInterval(() => change().catch(() => undefined), 100);
    onTestFinished(() => clearInterval(timer));
    // Only two streams are allowed, so a third one shows that a place has become free.
    await eventually("the drop", async () => {
      const abort = new AbortController();
      const { status } = await fetch(url, { signal: abort.signal });
      abort.abort();
      return status === 200;
    });
    const before = read;
    await eventually("more for the other", () => read > before);
    clearInterval(timer);
    // What was in the buffers still comes; then the connection turns out to be gone.
    stuck.resume();
    await eventually("the end of the dropped one", () => stuck.destroyed);
    expect(reading.destroyed).toBe(false);
  });

  it("gets the newest state and not all between, once it reads again", async () => {
    const { url, change, sequence } = await served(60_000);
    const slow = await stubborn(url);
    for (let changes = 0; changes < 30; changes++) {
      await change();
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    let events = 0;
    let text = "";
    slow.setEncoding("utf8");
    slow.on("data", (chunk: string) => {
      text += chunk;
      for (let end = text.indexOf("\n\n"); end !== -1; end = text.indexOf("\n\n")) {
        if (/^event: (result|delta)/.test(text)) events++;
        if (text.includes(`"counted":${sequence()},`)) slow.emit("newest");
        text = text.slice(end + 2);
      }
    });
    let newest = false;
    slow.once("newest", () => {
      newest = true;
    });
    slow.resume();
    await eventually("the newest state", () => newest);
    expect(events).toBeLessThan(30);
  });
});
