import { afterEach, expect, it } from "vitest";
import { VoteError } from "../../../src/runtime/core/errors.js";
import { storeError } from "../../../src/runtime/dynamodb/errors.js";
import { storageError } from "../../../src/runtime/embedded/environment.js";
import { createHttpServer, type HttpServer } from "../../../src/runtime/http/server.js";
import { logUnavailable } from "../../../src/runtime/log/kafka/client/errors.js";
import { StoreChecks } from "../../../src/runtime/telemetry/store-checks.js";
import { openRedisView } from "../../../src/runtime/view/redis.js";

const secret = "arn:aws:sts::123:role/tally may not PutItem on vote-segments at 10.0.0.7:9092";
const cause = new Error(secret);

const errors: readonly (readonly [string, VoteError])[] = [
  ["ledger-unavailable", storeError("PutItem on vote-segments", cause)],
  ["log-unavailable", logUnavailable("append to vote.spring", cause)],
  ["view-unavailable", storageError("view-unavailable", cause)],
];

let server: HttpServer | undefined;
afterEach(() => server?.app.close());

it.each(errors)("keeps what only operators may know in the log: %s", async (code, error) => {
  const logged: unknown[] = [];
  server = createHttpServer({ onUnexpected: (one) => logged.push(one) });
  server.app.get("/", () => {
    throw error;
  });
  const answers = [await server.app.inject("/"), await server.app.inject("/")];
  for (const { body, statusCode } of answers) {
    expect(statusCode).toBe(503);
    expect(JSON.parse(body)).toMatchObject({ code, detail: error.publicMessage });
    expect(body).not.toMatch(/segments|vote\.spring|10\.0\.0|role|compose|directory/);
  }
  // The second is the same again.
  expect(logged).toEqual([error]);
  expect(error.message).toContain(secret);
});

it("keeps it out of the health of stores, too", async () => {
  const url = "redis://127.0.0.1:1";
  const view = await openRedisView({ url });
  const ask = () => view.get("spring").then(() => true);
  const checks = new StoreChecks([{ part: "view", store: "Redis", ask }]);
  expect(await checks.health()).toMatchObject([{ detail: "The view does not answer." }]);
  await view.close();
});

it("passes on the hints of other refusals", async () => {
  server = createHttpServer();
  server.app.get("/", () => {
    throw new VoteError("overloaded", "Too many.", { hint: "Come back later." });
  });
  const { body } = await server.app.inject("/");
  expect(JSON.parse(body)).toMatchObject({ detail: "Too many.", hint: "Come back later." });
});
