import { createHmac, randomBytes } from "node:crypto";
import { createContext, runInContext } from "node:vm";
import { describe, expect, it, onTestFinished } from "vitest";
import { createElection } from "../../../../src/runtime/core/election.js";
import { createTokenVerifier } from "../../../../src/runtime/keys/authentication/token-verifier.js";
import { drawSigningKey } from "../../../../src/runtime/keys/signing.js";
import { ExternalStream } from "../../../../src/runtime/load/generators/external-stream.js";
import {
  ballotLines,
  ballotsFile,
  type K6Record,
  k6Options,
  k6Script,
  recordMark,
  secretVariable,
} from "../../../../src/runtime/load/generators/k6-script.js";
import { systemClock } from "../../../../src/runtime/time/clock.js";
import { openEngine } from "../../../../src/runtime/wiring/engine.js";
import { identityOf } from "../../../helpers/data/identity.js";
import { temporaryDirectory } from "../../../helpers/temporary.js";
import { scenarioOf } from "../support.js";

const secret = randomBytes(32);
const candidates = ["soup", "salad", "cake"].map((id) => ({ id, name: id }));
const draft = { id: "lunch", title: "Lunch", partitions: 4, createdAt: 0 };
const election = createElection({ ...draft, ...identityOf("lunch"), candidates });

async function streamOf(changes: Record<string, unknown> = {}): Promise<ExternalStream> {
  const engine = await openEngine({ engine: "embedded", dataDir: await temporaryDirectory() });
  onTestFinished(() => engine.close());
  const scenario = scenarioOf({ via: "http", votesPerSecond: 400, connections: 3, ...changes });
  const url = "http://127.0.0.1:4000";
  const http = { url, voterToken: () => "", forgedToken: () => "", gatewayToken: () => "" };
  const { log, view } = engine;
  const options = { election, scenario, seed: 4, log, view, http, clock: systemClock };
  return new ExternalStream(
    { ...options, producerId: () => randomBytes(16), framesKey: drawSigningKey() },
    "k6",
  );
}

interface Post {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** k6's modules as far as the script uses them, with one virtual user; each post gets a status. */
function runScript(stream: ExternalStream, statusOf: (post: Post) => number) {
  const records: K6Record[] = [];
  const posts: Post[] = [];
  const scenario = { iterationInTest: 0 };
  const base64url = (text: string) => Buffer.from(text).toString("base64url");
  const files = new Map([[`./${ballotsFile}`, [...ballotLines(stream)].join("")]]);
  const globals = createContext({
    __ENV: { [secretVariable]: secret.toString("base64") },
    open: (name: string) => files.get(name),
    console: {
      log(line: string) {
        expect(line.startsWith(recordMark)).toBe(true);
        records.push(JSON.parse(line.slice(recordMark.length)) as K6Record);
      },
    },
    crypto: {
      hmac: (_algorithm: string, key: Buffer, text: string) =>
        createHmac("sha256", key).update(text).digest("base64url"),
    },
    encoding: {
      b64decode: (text: string) => Buffer.from(text, "base64"),
      b64encode: (text: string) => base64url(text),
    },
    exec: { scenario },
    http: {
      post(url: string, body: string, { headers }: Pick<Post, "headers">) {
        const post = { url, body, headers };
        posts.push(post);
        const timings = { blocked: 1, connecting: 2, duration: 4 };
        return { status: statusOf(post), body: "{}", timings };
      },
    },
  });
  const script = k6Script(stream, k6Options(stream, {}))
    .replace(/^import .*$/gm, "")
    .replace("export default function ()", "function iteration()")
    .replace(/^export /gm, "");
  runInContext(`function SharedArray(_name, make) { return make(); }\n${script}`, globals);
  const call = (code: string) => runInContext(code, globals) as unknown;
  const iterate = (index: number) => {
    scenario.iterationInTest = index;
    call("iteration()");
  };
  return { call, iterate, posts, records, script };
}

describe("ballotLines", () => {
  it("gives every ballot of the plan, with what it draws", async () => {
    const stream = await streamOf({ votesPerSecond: 20_000 });
    const { plan } = stream.account;
    const lines = [...ballotLines(stream)].join("").split("\n").slice(0, -1);
    expect(lines).toHaveLength(10_000);
    lines.forEach((line, index) => {
      const ids = plan.idsOf(Int32Array.of(index, 0, 0, 0));
      const draws = [
        plan.drawsSecondVote(index, ids, 0) ? "s" : "",
        plan.drawsRetry(index, ids, 0) ? "r" : "",
      ].join("");
      const id = plan.idOf(index).toString("hex");
      expect(line).toBe(`${id} ${plan.choiceAt(ids, 0)} ${draws}`);
    });
    expect(lines.some((line) => line.endsWith("sr"))).toBe(true);
  });
});

describe("k6Options", () => {
  it("sends a constant rate from as many virtual users as there are connections", async () => {
    const options = k6Options(await streamOf(), { http_req_duration: ["p(99)<250"] });
    expect(options).toMatchObject({
      thresholds: { http_req_duration: ["p(99)<250"] },
      scenarios: {
        main: {
          ...{ executor: "constant-arrival-rate", rate: 400_000, timeUnit: "1000s" },
          ...{ duration: "600ms", preAllocatedVUs: 3, maxVUs: 3 },
        },
      },
    });
  });

  it("follows a rate that varies, and stays at the peak for what is late", async () => {
    const arrivals = { shape: "ramp", fromPerSecond: 0, toPerSecond: 90.5 };
    const stream = await streamOf({ votesPerSecond: undefined, arrivals });
    expect(k6Options(stream, {})).toMatchObject({
      scenarios: {
        main: {
          ...{ executor: "ramping-arrival-rate", startRate: 0, timeUnit: "1000s" },
          stages: [
            { target: 0, duration: "0s" },
            { target: 90_500, duration: "500ms" },
            { target: 90_500, duration: "0s" },
            { target: 90_500, duration: "100ms" },
          ],
        },
      },
    });
  });
});

describe("k6Script", () => {
  it("posts the plan's ballots with tokens that an ingest accepts, without a secret", async () => {
    const stream = await streamOf({ secondVoteShare: 0, retryShare: 0 });
    const { call, iterate, posts, records, script } = runScript(stream, () => 202);
    expect(script).not.toContain(secret.toString("base64"));
    call("setup()");
    for (let index = 0; index < 5; index++) iterate(index);
    expect(records[0]).toEqual(["ready"]);
    const verifier = createTokenVerifier({ secret });
    posts.forEach(({ url, body, headers }, index) => {
      expect(url).toBe("http://127.0.0.1:4000/v1/elections/lunch/ballots");
      expect(JSON.parse(body)).toEqual(JSON.parse(stream.bodyOf(stream.idsOf(index))));
      expect(headers["Content-Type"]).toBe("application/json");
      expect(verifier.verify(headers.Authorization, "vote")).toMatchObject({
        issuer: { issuer: "vote" },
        subject: `load-4-main-${index}`,
        claims: { election: "lunch" },
      });
      expect(records[index + 1]).toEqual(["first", index, expect.any(Number), 7, 202, "{}"]);
    });
  });

  it("never goes beyond the plan", async () => {
    const stream = await streamOf();
    const { iterate, posts } = runScript(stream, () => 202);
    iterate(stream.account.plan.total);
    expect(posts).toEqual([]);
  });

  it("votes again and repeats only what this virtual user has had acknowledged", async () => {
    const stream = await streamOf({ secondVoteShare: 0.4, retryShare: 0.4 });
    const { plan } = stream.account;
    // The first 50 ballots get no answer.
    let sent = 0;
    const { iterate, posts, records } = runScript(stream, () => (sent++ < 50 ? 0 : 202));
    for (let index = 0; index < plan.total; index++) iterate(index);
    const voterOf = ({ headers }: Post) => {
      const [, claims] = headers.Authorization.split(".");
      const { sub } = JSON.parse(Buffer.from(claims, "base64url").toString()) as { sub: string };
      return Number(sub.split("-").at(-1));
    };
    const answers = records.flatMap((record) =>
      record[0] === "first" || record[0] === "again" ? [record] : [],
    );
    expect(answers).toHaveLength(posts.length);
    const second = new Map(
      records.flatMap((record) => (record[0] === "second" ? [[record[1], record[2]]] : [])),
    );
    expect(second.size).toBeGreaterThan(20);
    let repeats = 0;
    answers.forEach(([kind, index], place) => {
      expect(voterOf(posts[place])).toBe(kind === "again" ? index : (second.get(index) ?? index));
      if (kind === "again") repeats++;
    });
    expect(repeats).toBeGreaterThan(20);
    // Nobody votes again before the 51st ballot is acknowledged, and always after a first vote.
    for (const [index, first] of second) {
      expect(first).toBeGreaterThanOrEqual(50);
      expect(first).toBeLessThan(index);
      expect(second.has(first)).toBe(false);
    }
  });
});
