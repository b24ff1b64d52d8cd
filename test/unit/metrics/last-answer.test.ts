import { EventEmitter } from "node:events";
import { expect, it, onTestFinished } from "vitest";
import {
  announce,
  answerTo,
  ask,
  type End,
  onAnnounced,
  type Question,
} from "../../../src/runtime/metrics/workers/channel.js";
import { LastAnswer } from "../../../src/runtime/metrics/workers/last-answer.js";
import { eventually } from "../../helpers/temporary.js";

/** One end of a channel; as between processes, only JSON passes, and not at once. */
class ChannelEnd extends EventEmitter {
  connected = true;
  peer: ChannelEnd | undefined;

  send(message: unknown): boolean {
    const text = JSON.stringify(message);
    setImmediate(() => this.peer?.emit("message", JSON.parse(text)));
    return true;
  }

  disconnect(): void {
    this.connected = false;
    this.emit("disconnect");
  }
}

function channel() {
  const parent = new ChannelEnd();
  const worker = new ChannelEnd();
  parent.peer = worker;
  worker.peer = parent;
  const asEnd = (end: ChannelEnd) => end as unknown as End;
  return { parent: asEnd(parent), worker: asEnd(worker), cut: () => parent.disconnect() };
}

/** A worker that answers only while it is not held up. */
function busyWorker(end: End) {
  const waiting: (() => void)[] = [];
  const worker = { answers: 0, isHeldUp: false, goOn: () => {} };
  worker.goOn = () => {
    worker.isHeldUp = false;
    for (const go of waiting.splice(0)) go();
  };
  answerTo(end, async () => {
    if (worker.isHeldUp) await new Promise<void>((resolve) => waiting.push(resolve));
    return ++worker.answers;
  });
  return worker;
}

it("gives each of many questions at once its own answer, with one listener", async () => {
  const { parent, worker } = channel();
  const warnings: Error[] = [];
  const warn = (warning: Error) => void warnings.push(warning);
  process.on("warning", warn);
  onTestFinished(() => void process.off("warning", warn));
  let announced = false;
  onAnnounced(parent, () => {
    announced = true;
  });
  answerTo(worker, async (question) => question);
  announce(worker);
  await eventually("the announcement", () => announced);
  const questions = Array.from({ length: 30 }, (_, at): Question => (at % 2 ? "ready" : "status"));
  expect(await Promise.all(questions.map((one) => ask(parent, one)))).toEqual(questions);
  expect((parent as unknown as EventEmitter).listenerCount("message")).toBe(1);
  expect(warnings).toEqual([]);
});

it("has no answer from a worker that fails or ends", async () => {
  const { parent, worker, cut } = channel();
  answerTo(worker, async (question) => {
    if (question === "ready") throw new Error("not now");
    return new Promise(() => undefined);
  });
  expect(await ask(parent, "ready")).toBeUndefined();
  const open = ask(parent, "status");
  cut();
  expect(await open).toBeUndefined();
  expect(await ask(parent, "status")).toBeUndefined();
});

it("waits once for a worker that keeps silent, and takes its late answer", async () => {
  const { parent, worker } = channel();
  const busy = busyWorker(worker);
  // Never reached by one that answers; a silent one is given up at once.
  const patient = new LastAnswer<number>(parent, "status", 60_000);
  expect(await patient.read()).toMatchObject({ last: 1, isCurrent: true });
  const taken: number[] = [];
  const hasty = new LastAnswer<number>(parent, "status", 1, (answer) => void taken.push(answer));
  busy.isHeldUp = true;
  expect(await hasty.read()).toEqual({ last: undefined, isCurrent: false, ageMs: Infinity });
  // The question still waits: no other one is asked.
  for (let again = 0; again < 3; again++)
    expect(await hasty.read()).toMatchObject({ isCurrent: false });
  expect(taken).toEqual([]);
  busy.goOn();
  await eventually("the late answer", () => hasty.last === 2);
  expect(taken).toEqual([2]);
  await eventually("a current answer", async () => (await hasty.read()).isCurrent);
  expect(hasty.last).toBeGreaterThan(2);
});
