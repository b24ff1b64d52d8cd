import { expect, it, onTestFinished } from "vitest";
import { startTimekeeper } from "../../../src/runtime/admin/timekeeper.js";
import { clockErrorMs } from "../../../src/runtime/core/limits.js";
import { DynamoDb } from "../../../src/runtime/dynamodb/client.js";
import { localAdmin, scheduleAdmin } from "../../../src/runtime/elections/local-admin.js";
import { startIngest } from "../../../src/runtime/ingest/server.js";
import { issueToken } from "../../../src/runtime/keys/tokens.js";
import { DynamoRegistry } from "../../../src/runtime/registry/dynamodb.js";
import { type Clock, systemClock } from "../../../src/runtime/time/clock.js";
import { ClockCheck } from "../../../src/runtime/time/clock-check.js";
import { useServices as withServices } from "../../helpers/cluster/cluster.js";
import { realServers } from "../../helpers/cluster/real-servers.js";
import { openTestEngine } from "../../helpers/data/election.js";
import { eventually } from "../../helpers/temporary.js";

const available = await realServers("a clock that is wrong", ["dynamodb"]);
const services = available ? withServices({ services: ["dynamodb"] }) : undefined;

const hourMs = 3_600_000;

/** The registry on DynamoDB, by a clock that is ahead, beside the other stores of one machine. */
async function stage() {
  const embedded = await openTestEngine();
  const tables = { segmentsTable: "clock-segments", registryTable: `clock-${Date.now()}` };
  const endpoint = services?.().endpoints.dynamodb?.endpoint ?? "";
  return async (aheadMs: number) => {
    const clock: Clock = { ...systemClock, wallClock: () => Date.now() + aheadMs };
    const clocks = new ClockCheck(clockErrorMs.cluster);
    const database = new DynamoDb({ ...tables, endpoint }, { clocks, clock });
    onTestFinished(() => database.close());
    await database.ensureTables();
    const registry = new DynamoRegistry(database, database.registryTable);
    const engine = { ...embedded, registry, clocks };
    const troubles: unknown[] = [];
    const admin = localAdmin(engine, clock);
    const keeping = scheduleAdmin(engine, clock);
    let rounds = 0;
    const keepTime = (): void => {
      const keeper = startTimekeeper({
        admin: {
          ...keeping,
          list() {
            rounds++;
            return admin.list();
          },
        },
        clocks,
        clock,
        everyMs: 100,
        onDone: () => undefined,
        onTrouble: (_election, error) => troubles.push(error),
      });
      onTestFinished(() => keeper.stop());
    };
    return { engine, clock, clocks, admin, keepTime, troubles, rounds: () => rounds };
  };
}

it.runIf(available).each([
  ["ahead of", hourMs],
  ["behind", -hourMs],
])(
  "an hour %s DynamoDB's closes nothing, takes nothing, and says so",
  async (way, aheadMs) => {
    const at = await stage();
    const right = await at(0);
    const wrong = await at(aheadMs);
    const candidates = [{ id: "a", name: "A" }];
    const closesAt = Date.now() + hourMs / 2;
    const draft = { id: "show", title: "Show", candidates, partitions: 1 };
    await right.admin.create({ ...draft, closesAt }, "ada");
    await right.admin.open("show", "ada");
    wrong.keepTime();
    await eventually("it has looked at the election", () => wrong.rounds() > 5);
    expect(wrong.troubles[0]).toMatchObject({ code: "clock-error" });
    expect(String(wrong.troubles[0])).toContain(`s ${way} the registry's`);
    await expect(wrong.admin.close("show", "eve")).rejects.toMatchObject({ code: "clock-error" });
    expect((await right.admin.show("show")).revision).toBe(2);
    const secret = await wrong.engine.keys.tokenSecret();
    // Tokens are the identity provider's affair, and valid by this clock here.
    const token = issueToken({
      ...{ secret, subject: "ann", scope: "vote", election: "show", expiresInSeconds: 60 },
      nowMs: Date.now(),
    });
    const { clock } = wrong;
    const ingest = await startIngest({ ...wrong.engine, clock, host: "127.0.0.1", port: 0 });
    onTestFinished(() => ingest.stop());
    const response = await fetch(`${ingest.url}/v1/elections/show/ballots`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: '{"choice":"a"}',
    });
    expect(await response.json()).toMatchObject({ status: 503, code: "clock-error" });
    const ready = await fetch(`${ingest.url}/readyz`);
    expect(await ready.json()).toMatchObject({ status: 503, code: "clock-error" });
    // Each answer of DynamoDB narrows it down: a quick one brings it to the second that is counted.
    await eventually("the error, to two seconds", async () => {
      await fetch(`${ingest.url}/v1/elections/show`);
      const status = (await (await fetch(`${ingest.url}/statusz`)).json()) as {
        clockErrorMs: number;
      };
      return Math.abs(status.clockErrorMs - aheadMs) < 2_000;
    });
    expect(right.clocks.errorMs).toBe(0);
    // By the right clock, it closes.
    right.keepTime();
    await right.admin.close("show", "ada");
    await eventually(
      "it is closed",
      async () => (await right.admin.show("show")).status === "closed",
    );
  },
  180_000,
);
