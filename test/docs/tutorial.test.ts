import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { DevFacts } from "../helpers/dev-scene.js";
import { blocksOf } from "../helpers/markdown.js";
import { sandbox } from "../helpers/run-vote.js";

const root = join(import.meta.dirname, "../..");
const tutorial = readFileSync(join(root, "docs/tutorial/first-election.md"), "utf8");
const box = sandbox();
afterAll(() => box.remove());

/** The test starts these itself, or another one does. */
const ranElsewhere = /^(npm|vote dev)/;

/** All commands of the page in the order in which a reader types them. */
function scriptAt({ ingest, serve }: DevFacts): string {
  return blocksOf(tutorial)
    .filter(({ language, lines }) => language === "sh" && !ranElsewhere.test(lines[0]))
    .map(({ lines }) => lines.join("\n"))
    .join("\necho\n")
    .replaceAll("http://127.0.0.1:4000", ingest)
    .replaceAll("http://127.0.0.1:4001", serve);
}

/** `vote` on the path, as after `npm link`. */
function voteOnPath(): string {
  const folder = join(box.path, "bin");
  mkdirSync(folder);
  const file = join(folder, "vote");
  writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" "${root}/bin/run.js" "$@"\n`);
  chmodSync(file, 0o755);
  return `${folder}:${process.env.PATH}`;
}

it("docs/tutorial/first-election.md runs from its first command to its last", {
  timeout: 300_000,
}, async () => {
  const dev = box.start("dev", "--port", "0", "--json", "--data-dir", "picnic-data");
  const facts = JSON.parse(await dev.line(/"event":"ready"/)) as DevFacts;
  const shell = spawn("bash", ["-e", "-u", "-o", "pipefail", "-c", scriptAt(facts)], {
    cwd: box.path,
    env: {
      ...process.env,
      PATH: voteOnPath(),
      VOTE_SKIP_ENSURE: "1",
      XDG_STATE_HOME: join(box.path, "state"),
      XDG_CONFIG_HOME: join(box.path, "configuration"),
      NO_COLOR: "1",
    },
  });
  let output = "";
  for (const stream of [shell.stdout, shell.stderr]) {
    stream.on("data", (chunk) => {
      output += chunk;
    });
  }
  const [code] = (await once(shell, "close")) as [number];
  expect(code, output).toBe(0);
  expect(output.match(/"ballotId"/g)).toHaveLength(3);
  expect(output).toMatch(/already-voted/);
  const result = async () => (await fetch(`${facts.serve}/v1/elections/picnic/result`)).json();
  await expect.poll(result).toMatchObject({ official: true, counted: 2 });
});
