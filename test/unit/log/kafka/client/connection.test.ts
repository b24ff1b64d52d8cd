import { createRequire } from "node:module";
import kafkajs from "kafkajs";
import { expect, it, onTestFinished, vi } from "vitest";
import { mendConnections } from "../../../../../src/runtime/log/kafka/client/connection.js";
import { brokerThat } from "../socket-broker.js";

it("understands the answers of a connection whatever was left of an answer before", async () => {
  mendConnections();
  let cut = 3;
  const port = await brokerThat((socket, whole) => {
    if (cut-- <= 0) return void socket.write(whole);
    // A length, and half of what it announces.
    socket.write(whole.subarray(0, whole.length >> 1), () => socket.resetAndDestroy());
  });
  const admin = new kafkajs.Kafka({
    brokers: [`127.0.0.1:${port}`],
    requestTimeout: 30_000,
    retry: { retries: 0 },
    logLevel: kafkajs.logLevel.NOTHING,
  }).admin();
  onTestFinished(() => admin.disconnect());
  await admin.connect();
  const asked: (number | string)[] = [];
  while (asked.length < 4) {
    asked.push(
      await admin.listTopics().then(
        (topics) => topics.length,
        (error: Error) => error.name,
      ),
    );
  }
  const closed = "KafkaJSConnectionClosedError";
  expect(asked).toEqual([closed, closed, closed, 0]);
});

it("looks for requests that wait only while there are any", async () => {
  mendConnections();
  const { prototype } = createRequire(import.meta.url)("kafkajs/src/network/requestQueue");
  const looks = vi.spyOn(prototype, "checkPendingRequests");
  onTestFinished(() => looks.mockRestore());
  const port = await brokerThat((socket, whole) => void socket.write(whole));
  const admin = new kafkajs.Kafka({
    brokers: [`127.0.0.1:${port}`],
    logLevel: kafkajs.logLevel.NOTHING,
  }).admin();
  onTestFinished(() => admin.disconnect());
  await admin.connect();
  await admin.listTopics();
  // One a millisecond, if they had not ended with the answers.
  const answered = looks.mock.calls.length;
  for (let turns = 0; turns < 100; turns++) await new Promise((resolve) => setTimeout(resolve, 2));
  expect(looks.mock.calls.length).toBe(answered);
});
