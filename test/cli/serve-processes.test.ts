import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { listen } from "../helpers/live/live-serve.js";
import { type Sandbox, sandbox } from "../helpers/run-vote.js";
import { eventually } from "../helpers/temporary.js";

let box: Sandbox;
beforeAll(async () => {
  box = sandbox();
  const create = ["election", "create", "demo", "--title", "Demo", "--candidate", "a"];
  expect(await box.vote(...create)).toMatchObject({ code: 0 });
});
afterAll(() => box.remove());

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it("vote serve --processes shares a port, replaces the dead, and drains", async () => {
  const serve = box.start(
    "serve",
    "--processes",
    "2",
    "--port",
    "0",
    "--metrics-port",
    "0",
    "--json",
  );
  const ready = JSON.parse(await serve.line(/^\{"role"/)) as {
    url: string;
    metricsUrl: string;
    workers: number[];
  };
  const { url, metricsUrl, workers } = ready;
  expect(new Set(workers).size).toBe(2);
  const streams = await Promise.all(Array.from({ length: 8 }, () => listen(url)));
  await eventually("all states", () => streams.every(({ text }) => text.includes('"revision"')));
  const scrape = async () => (await fetch(metricsUrl)).text();
  // Each worker loads the library when it is asked for the first time.
  const first = await eventually("both workers' metrics", async () => {
    const text = await scrape();
    return text.includes('vote_serve_clients{transport="event-stream"} 8\n') && text;
  });
  expect(first).toMatch(/^vote_build_info\{role="serve",.* 1$/m);
  const sent = (text: string) => Number(/^vote_serve_message_bytes_total (\d+)$/m.exec(text)?.[1]);
  expect(sent(first)).toBeGreaterThan(0);
  process.kill(workers[0], "SIGKILL");
  await eventually("the end of one", () => !isAlive(workers[0]));
  // What the dead has sent has been sent.
  expect(sent(await scrape())).toBeGreaterThanOrEqual(sent(first));
  // The other one, or the successor, takes new clients at once.
  streams.push(await eventually("a stream", () => listen(url)));
  process.kill(workers[1], "SIGKILL");
  const gone = () => streams.slice(0, 8).every(({ ended }) => ended);
  await eventually("the end of all that the two had", gone);
  await eventually("a successor", () =>
    fetch(`${url}/livez`).then(
      () => true,
      () => false,
    ),
  );
  const more = await Promise.all(Array.from({ length: 4 }, () => listen(url)));
  serve.child.kill("SIGTERM");
  expect(await serve.finished).toMatchObject({ code: 0 });
  await eventually("the end of all", () => more.every(({ ended }) => ended));
  for (const { text } of more) expect(text).toContain("event: closing");
  expect(workers.filter(isAlive)).toEqual([]);
});

it("vote serve --processes says what kept it from starting", async () => {
  const first = box.start("serve", "--port", "0", "--json");
  onTestFinished(() => void first.child.kill("SIGTERM"));
  const { url } = JSON.parse(await first.line(/^\{"role"/)) as { url: string };
  const { port } = new URL(url);
  const { code, stdout } = await box.vote("serve", "--processes", "2", "--port", port, "--json");
  expect([code, JSON.parse(stdout)]).toMatchObject([2, { error: { code: "port-in-use" } }]);
});
