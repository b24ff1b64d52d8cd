import { symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { calledAs } from "../../../src/cli/hints/called-as.js";
import { temporaryDirectory } from "../../helpers/temporary.js";

const root = resolve(import.meta.dirname, "../../..");
const script = join(root, "bin", "run.js");
const ofNpm = { npm_command: "run-script", npm_package_json: join(root, "package.json") };

describe("how this program was called", () => {
  it.each([
    ["node bin/run.js", { script, cwd: root, env: {} }],
    [`node ${script}`, { script, cwd: "/", env: {} }],
    // A test of npm's starts the program: nobody has typed `npm run vote`.
    [`node ${script}`, { script, cwd: "/", env: { ...ofNpm, npm_lifecycle_event: "test" } }],
    [
      "npm run vote --",
      { script, cwd: root, env: { ...ofNpm, npm_lifecycle_event: "vote", INIT_CWD: root } },
    ],
    [
      "npm run vote --",
      { script, cwd: root, env: { ...ofNpm, npm_lifecycle_event: "demo", INIT_CWD: root } },
    ],
    [
      `npm --prefix ${root} run vote --`,
      { script, cwd: root, env: { ...ofNpm, npm_lifecycle_event: "vote", INIT_CWD: "/" } },
    ],
    [
      "npx vote",
      { script: "/app/node_modules/.bin/vote", cwd: "/app", env: { npm_command: "exec" } },
    ],
    // Without npm its folder is not on the reader's path.
    [
      "/app/node_modules/.bin/vote",
      { script: "/app/node_modules/.bin/vote", cwd: "/app", env: { PATH: "/usr/bin" } },
    ],
    ["vote", { script: "/opt/bin/vote", cwd: "/", env: { PATH: "/usr/bin:/opt/bin" } }],
    ["vote", { script: "/elsewhere/worker.js", cwd: "/", env: {} }],
  ])("%s", (words, call) => {
    expect(calledAs(call)).toBe(words);
  });

  it("is quoted where a shell would split it", async () => {
    const link = join(await temporaryDirectory(), "two words.js");
    await symlink(script, link);
    expect(calledAs({ script: link, cwd: "/", env: {} })).toBe(`node '${link}'`);
  });
});
