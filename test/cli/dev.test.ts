import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isAlive } from "../../src/runtime/processes/process-identity.js";
import { type Sandbox, sandbox, type VoteProcess } from "../helpers/run-vote.js";
import { eventually } from "../helpers/temporary.js";

const timeoutMs = 180_000;

let box: Sandbox;
beforeEach(() => {
  box = sandbox();
});
afterEach(() => box.remove());

interface Ready {
  readonly pid: number;
  readonly pids: Readonly<Record<"ingest" | "tally" | "serve" | "admin" | "certify", number>>;
  readonly ingest: string;
  readonly serve: string;
  readonly tally: string;
  readonly admin: string;
  readonly certify: string;
  readonly election: string;
  readonly dataDir: string;
  readonly temporary: boolean;
  readonly tokens: { readonly voter: string; readonly admin: string };
}

async function ready(dev: VoteProcess): Promise<Ready> {
  return JSON.parse(await dev.line(/"event":"ready"/));
}

async function voteOnce({ ingest, election, tokens }: Ready): Promise<number> {
  const response = await fetch(`${ingest}/v1/elections/${election}/ballots`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${tokens.voter}` },
    body: '{"choice":"robin"}',
  });
  await response.text();
  return response.status;
}

async function statusOf(url: string): Promise<unknown> {
  const response = await fetch(`${url}/statusz`);
  expect(response.status).toBe(200);
  return response.json();
}

async function listedAs({ admin }: Ready, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${admin}/v1/admin/elections`, { headers });
  await response.text();
  return response.status;
}

interface Result {
  readonly counted: number;
  readonly official: boolean;
}

async function resultOf({ serve, election }: Ready): Promise<Result> {
  const response = await fetch(`${serve}/v1/elections/${election}/result`);
  return (await response.json()) as Result;
}

const counted = async (facts: Ready) => (await resultOf(facts)).counted;

const stateFile = ({ pid }: { readonly pid?: number }) =>
  join(box.path, "state", "vote", "dev", `${pid}.json`);

describe("vote dev", () => {
  it(
    "boots every role, takes a vote, shows it, and leaves nothing behind",
    async () => {
      const dev = box.start("dev", "--port", "0", "--json");
      const facts = await ready(dev);
      expect(facts).toMatchObject({ election: "sample", temporary: true });
      expect(statSync(stateFile(facts)).mode & 0o777).toBe(0o600);
      expect(await voteOnce(facts)).toBe(202);
      await eventually("the vote is visible", async () => (await counted(facts)) === 1);
      expect(await voteOnce(facts)).toBe(202);
      const { ingest, tally, serve, admin } = facts;
      expect(await statusOf(ingest)).toMatchObject({ role: "ingest", acknowledged: 2, frames: 2 });
      await expect.poll(() => statusOf(serve)).toMatchObject({ role: "serve", stale: false });
      const { pid } = (await statusOf(admin)) as { pid: number };
      expect(pid).toBe(facts.pids.admin);
      const partitions = Array.from({ length: 8 }, () => ({ election: "sample", sealed: false }));
      // It takes the partitions one after the other, and the last ballot may be under way.
      const idle = { role: "tally", partitions, viewLagMs: 0 };
      await expect.poll(() => statusOf(tally)).toMatchObject(idle);
      expect(await listedAs(facts, facts.tokens.admin)).toBe(200);
      expect(await listedAs(facts, facts.tokens.voter)).toBe(403);
      const close = `${admin}/v1/admin/elections/sample/close`;
      const headers = { authorization: `Bearer ${facts.tokens.admin}` };
      expect((await fetch(close, { method: "POST", headers })).status).toBe(202);
      const official = async () => (await resultOf(facts)).official;
      await eventually("it is official, without a command", official, 120_000);
      // It says so a moment after the certificate is there.
      await expect.poll(() => statusOf(facts.certify)).toMatchObject({ certified: 1 });
      dev.child.kill("SIGINT");
      const { code, stdout, stderr } = await dev.finished;
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const last = stdout.trim().split("\n").at(-1) ?? "";
      expect(JSON.parse(last)).toMatchObject({
        event: "stopped",
        counted: 1,
        rejected: { "already-voted": 1 },
        result: [
          { candidate: "owl", votes: 0 },
          { candidate: "robin", votes: 1 },
          { candidate: "heron", votes: 0 },
        ],
      });
      expect(existsSync(facts.dataDir)).toBe(false);
      expect(existsSync(stateFile(facts))).toBe(false);
      expect(Object.values(facts.pids).filter(isAlive)).toEqual([]);
    },
    timeoutMs,
  );

  it(
    "is found by other commands, and prints commands that work",
    async () => {
      const dev = box.start("dev", "--port", "0", "--show-tokens");
      expect(await dev.line(/Ready in/)).toMatch(/^Ready in \d+ ms — Ctrl\+C to stop$/);
      const state = JSON.parse(readFileSync(stateFile(dev.child), "utf8")) as { dataDir: string };
      const { stdout } = await box.vote("election", "list");
      expect(stdout).toMatch(/^sample +open /);
      expect(existsSync(box.dataDir)).toBe(false);
      expect(await dev.line(/^ {2}Results/)).toMatch(/http:\S+\/elections\/sample$/);
      const link = /http:\S+/.exec(await dev.line(/ as voter-1$/))?.[0] ?? "";
      const { status, headers: answer } = await fetch(link, { redirect: "manual" });
      expect(status).toBe(302);
      expect(answer.get("location")).toMatch(/^\/elections\/sample\/vote#token=\S+$/);
      const admin = await dev.line(/^ {2}Admin /);
      const tokens = join(state.dataDir, "dev-tokens");
      expect(admin).toContain(readFileSync(join(tokens, "admin"), "utf8").trim());
      expect(statSync(join(tokens, "admin")).mode & 0o777).toBe(0o600);
      const curl = await dev.line(/^curl /);
      const [, url, token, body] = /(http\S+) .*Bearer (\S+)' -d '(.*)'$/.exec(curl) ?? [];
      const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
      expect((await fetch(url, { method: "POST", headers, body })).status).toBe(202);
      dev.child.kill("SIGTERM");
      const finished = await dev.finished;
      expect(finished).toMatchObject({ code: 0, stderr: "" });
      expect(finished.stdout).toContain("Final tally of sample: 1 counted");
      expect(existsSync(state.dataDir)).toBe(false);
    },
    timeoutMs,
  );

  it(
    "keeps a named data directory, and refuses a second one on it",
    async () => {
      const args = ["dev", "--port", "0", "--json", "--data-dir", box.dataDir];
      const first = box.start(...args);
      expect(await voteOnce(await ready(first))).toBe(202);
      const second = await box.vote(...args);
      expect(second.code).toBe(2);
      expect(JSON.parse(second.stdout).error.code).toBe("data-directory-held");
      first.child.kill("SIGTERM");
      await first.finished;
      const third = box.start(...args);
      const facts = await ready(third);
      expect(facts.temporary).toBe(false);
      await eventually("the vote is still there", async () => (await counted(facts)) === 1);
    },
    timeoutMs,
  );

  it(
    "starts a role again that was killed, at the same address",
    async () => {
      const dev = box.start("dev", "--port", "0", "--json");
      const facts = await ready(dev);
      process.kill(facts.pids.ingest, "SIGKILL");
      process.kill(facts.pids.tally, "SIGKILL");
      await dev.line(/"role-restarted","role":"ingest"/);
      await dev.line(/"role-restarted","role":"tally"/);
      expect(await voteOnce(facts)).toBe(202);
      await eventually("the vote is visible", async () => (await counted(facts)) === 1);
      // A second one on the same ports is told who has them, and leaves the first one alone.
      const second = await box.vote("dev", "--port", new URL(facts.ingest).port);
      expect(second.code).toBe(2);
      expect(second.stderr).toContain(
        `Hint: The vote dev with process id ${facts.pid} runs there, over ${facts.dataDir}: `,
      );
      expect(await counted(facts)).toBe(1);
    },
    timeoutMs,
  );

  it(
    "ends at once with 130 at the second Ctrl+C, and takes its roles along",
    async () => {
      const dev = box.start("dev", "--port", "0", "--json");
      const facts = await ready(dev);
      // A tally that does not answer: the drain has to wait for it.
      process.kill(facts.pids.tally, "SIGSTOP");
      dev.child.kill("SIGINT");
      await dev.line(/"event":"stopping"/);
      const insisting = setInterval(() => dev.child.kill("SIGINT"), 300);
      const { code } = await dev.finished;
      clearInterval(insisting);
      expect(code).toBe(130);
      await eventually("every role is gone", () => !Object.values(facts.pids).some(isAlive));
    },
    timeoutMs,
  );
});
