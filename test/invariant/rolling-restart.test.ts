import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { embeddedStores, rollingRestart } from "../helpers/rolling-restart.js";
import { temporaryDirectory } from "../helpers/temporary.js";

/** Here both builds are this one; test/measure/rolling-upgrade.ts takes an older one. */
const build = { name: "this", folder: fileURLToPath(new URL("../..", import.meta.url)) };

it("roles replaced one after another under load lose nothing and double nothing", async () => {
  const steps: string[] = [];
  const directory = await temporaryDirectory();
  const rolled = await rollingRestart({
    before: build,
    after: build,
    back: false,
    directory,
    stores: embeddedStores(directory),
    ballotsBetween: 15,
    onStep: (what) => steps.push(what),
  });
  expect(steps.length).toBe(6);
  for (const one of rolled) expect(one).toMatchObject({ lost: 0, double: 0, problems: [] });
  // Each of five replacements, and the beginning, waited for this many.
  for (const one of rolled) expect(one.decided).toBeGreaterThanOrEqual(6 * 15);
}, 300_000);
