import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { newReport } from "../../../src/runtime/chaos/chaos.js";
import { faultKinds } from "../../../src/runtime/chaos/faults/kinds.js";
import { type Sandbox, sandbox } from "../../helpers/run-vote.js";

let box: Sandbox;
beforeAll(() => {
  box = sandbox();
});
afterAll(() => box.remove());

it("says at once what it cannot do: unknown kinds, no report, no servers", async () => {
  const file = (name: string, text: string) => {
    const path = join(box.path, name);
    writeFileSync(path, text);
    return path;
  };
  const report = newReport({ seed: 1, faults: 2, kinds: ["tally-killed"] });
  const runs = [
    box.vote("chaos", "--kinds", "broker-killed,tally-kiled"),
    box.vote("chaos", "--resume", file("torn.json", JSON.stringify(report).slice(0, -9))),
    box.vote("chaos", "--resume", file("other.json", '{"chaos":2}')),
    box.vote("chaos", "--report", join(box.path, "nowhere", "chaos.json")),
    box.startIn({ PATH: "", JAVA_HOME: "" }, "chaos").finished,
    box.vote("chaos", "--resume", file("done.json", JSON.stringify({ ...report, done: 2 }))),
    box.vote("chaos", "--resume", file("bad.json", JSON.stringify({ ...report, broken: ["x"] }))),
  ];
  const [kind, torn, other, nowhere, servers, done, broken] = await Promise.all(runs);
  const codes = [kind, torn, other, nowhere, servers, done, broken].map(({ code }) => code);
  expect(codes).toEqual([2, 2, 2, 2, 69, 0, 1]);
  expect(kind.stderr).toBe(
    'Error: There is no kind of fault "tally-kiled".\nHint: Did you mean tally-killed?\n',
  );
  expect(torn.stderr).toContain("torn.json is no report of vote chaos: it is not JSON.");
  expect(other.stderr).toContain("other.json is no report of vote chaos: chaos is 2.");
  expect(nowhere.stderr).toContain("chaos.json cannot be written");
  expect(servers.stderr).toContain("This machine lacks: ");
  expect(done.stdout).toContain("seed 1");
  expect(broken.stdout).toContain("✗ A promise was broken:\n  x");
}, 120_000);

it("the how-to says what each kind does", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../docs/how-to/chaos.md"), "utf8");
  const rows = page.split("\n").map((line) => line.replaceAll(/ +/g, " "));
  const missing = [...faultKinds.values()].filter(
    ({ name, what }) => !rows.includes(`| \`${name}\` | ${what} |`),
  );
  expect(missing).toEqual([]);
});
