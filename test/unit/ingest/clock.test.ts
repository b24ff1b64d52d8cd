import { expect, it, onTestFinished } from "vitest";
import { startIngest } from "../../../src/runtime/ingest/server.js";
import { issueToken } from "../../../src/runtime/keys/tokens.js";
import { ClockCheck } from "../../../src/runtime/time/clock-check.js";
import { openTestElection, openTestEngine } from "../../helpers/data/election.js";
import { passedThrough } from "../../helpers/passed-through.js";
import { post, problemCode } from "./support.js";

it("notices a wrong clock though it believes no token, and says so instead", async () => {
  const engine = await openTestEngine();
  await openTestElection(engine, "lunch", 1);
  const clocks = new ClockCheck(1_000);
  // As DynamoDB does: each answer says what time it is there, 20 minutes later than here.
  const registry = passedThrough(engine.registry, {
    async list() {
      const askedAt = Date.now();
      const elections = await engine.registry.list();
      const from = askedAt + 1_200_000;
      clocks.learn({ askedAt, answeredAt: Date.now(), from, to: from + 1_000 });
      return elections;
    },
  });
  const ingest = await startIngest({ ...engine, registry, clocks, host: "127.0.0.1", port: 0 });
  onTestFinished(() => ingest.stop());
  const ready = async () => problemCode(await fetch(`${ingest.url}/readyz`));
  // From the first request on.
  expect(await ready()).toBe("503 clock-error");
  const issued = { subject: "ann", scope: "vote", election: "lunch" } as const;
  const secret = await engine.keys.tokenSecret();
  // Not valid yet, by this clock.
  const nowMs = Date.now() + 1_200_000;
  const token = issueToken({ secret, ...issued, expiresInSeconds: 600, nowMs });
  const sent = { token, type: "application/json", body: '{"choice":"c0"}' };
  const answer = await post(`${ingest.url}/v1/elections/lunch/ballots`, sent);
  expect(await problemCode(answer)).toBe("503 clock-error");
});
