import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { listen } from "../helpers/live-serve.js";
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
  const serve = box.start("serve", "--processes", "2", "--port", "0", "--json");
  const ready = JSON.parse(await serve.line(/^\{"role"/)) as { url: string; workers: number[] };
  const { url, workers } = ready;
  expect(new Set(workers).size).toBe(2);
  const streams = await Promise.all(Array.from({ length: 8 }, () => listen(url)));
  await eventually("all states", () => streams.every(({ text }) => text.includes('"revision"')));
  const [victim] = workers;
  process.kill(victim, "SIGKILL");
  // Connections go round: both have some of them.
  await eventually("the victim's streams to end", () => streams.some(({ ended }) => ended));
  const more = await eventually("streams again, also from its successor", async () => {
    const opened = await Promise.all(Array.from({ length: 4 }, () => listen(url))).catch(() => []);
    return opened.length === 4 && opened;
  });
  expect(isAlive(workers[1])).toBe(true);
  serve.child.kill("SIGTERM");
  expect(await serve.finished).toMatchObject({ code: 0 });
  const all = [...streams, ...more];
  await eventually("the end of all", () => all.every(({ ended }) => ended));
  const told = ({ text }: { text: string }) => text.includes("event: closing");
  expect(streams.filter(told)).not.toHaveLength(0);
  expect(streams.filter(told)).not.toHaveLength(8);
  expect(more.filter(told)).toHaveLength(4);
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
