import autocannon from "autocannon";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openKeyDirectory } from "../../../src/runtime/keys/key-directory.js";
import { issueToken } from "../../../src/runtime/keys/tokens.js";
import { type Sandbox, sandbox } from "../../helpers/run-vote.js";

let box: Sandbox;
beforeEach(() => {
  box = sandbox();
});
afterEach(() => box.remove());

const voters = 500;
const requests = 3_000;

/** A client that nobody here wrote: what it calls a success, the recount must find as a ballot. */
it("finds in the recount as many ballots as autocannon got 2xx", async () => {
  const dev = box.start("dev", "--port", "0", "--json");
  const { ingest, election, dataDir } = JSON.parse(await dev.line(/"event":"ready"/));
  const secret = await openKeyDirectory(`${dataDir}/keys`).tokenSecret();
  const report = await autocannon({
    url: ingest,
    connections: 16,
    amount: requests,
    // In seconds: a bound, not a measure.
    timeout: 120,
    requests: Array.from({ length: voters }, (_, voter) => ({
      method: "POST" as const,
      path: `/v1/elections/${election}/ballots`,
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${issueToken({
          secret,
          subject: `cannon-${voter}`,
          scope: "vote",
          election,
          expiresInSeconds: 600,
          nowMs: Date.now(),
        })}`,
      },
      body: JSON.stringify({ choice: ["owl", "robin", "heron"][voter % 3] }),
    })),
  });
  expect(report["2xx"]).toBe(requests);
  expect(report.non2xx + report.errors + report.timeouts).toBe(0);
  await box.vote("election", "close", election);
  const recount = await box.vote("recount", "--election", election, "--from", "log", "--json");
  expect(recount.code).toBe(0);
  const outcome = JSON.parse(recount.stdout);
  expect(outcome.ballots).toBe(report["2xx"]);
  // Every connection walks the same voters in turn: each of them is counted once.
  expect(outcome.counted + outcome.rejected["already-voted"]).toBe(report["2xx"]);
  expect(outcome.counted).toBeLessThanOrEqual(voters);
  expect(outcome.certificate.counted).toBe(outcome.counted);
  dev.child.kill("SIGTERM");
  expect((await dev.finished).code).toBe(0);
}, 180_000);
