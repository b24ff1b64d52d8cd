import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Services, startServices } from "../../src/runtime/local-cluster/services.js";
import { clusterStores, embeddedStores, rollingRestart } from "../helpers/rolling-restart.js";

/**
 * Replaces every role of an older build by this one, under load and one after another, and back,
 * and checks every ballot. The older build is a git worktree of an earlier commit, built.
 *
 *   npx tsx test/measure/rolling-upgrade.ts --before DIR
 *
 * With `--cluster`, over a real Kafka, DynamoDB Local and Redis that it starts and ends.
 * With `--newer-first`, this build creates the elections, and the older one takes over.
 * `--create-flag` gives `vote election create` a further flag, or the value of one.
 */
const { values } = parseArgs({
  options: {
    before: { type: "string" },
    cluster: { type: "boolean", default: false },
    "newer-first": { type: "boolean", default: false },
    "create-flag": { type: "string", multiple: true, default: [] },
  },
});
if (values.before === undefined) {
  console.error("Name the older build: --before DIR");
  process.exit(2);
}
const folder = resolve(values.before);
const older = { name: basename(folder), folder };
const newer = { name: "this build", folder: fileURLToPath(new URL("../..", import.meta.url)) };
const [before, after] = values["newer-first"] ? [newer, older] : [older, newer];
const directory = await mkdtemp(join(tmpdir(), "vote-rolling-"));
let services: Services | undefined;
try {
  const onStep = (what: string) => console.log(what);
  const createFlags = values["create-flag"];
  if (values.cluster) {
    const dir = join(directory, "services");
    services = await startServices({ dir, ports: "any", endWithParent: true, onStep });
  }
  const stores =
    services === undefined ? embeddedStores(directory) : await clusterStores(services, directory);
  const how = { directory, stores, createFlags, onStep };
  const options = { before, after, back: true, ballotsBetween: 200, ...how };
  const rolled = await rollingRestart(options);
  for (const { problems, ...figures } of rolled) {
    console.log(JSON.stringify(figures));
    for (const problem of problems.slice(0, 10)) console.log(`  ${problem}`);
    if (problems.length > 0) process.exitCode = 3;
  }
} finally {
  await Promise.all((services?.servers ?? []).map((server) => server.kill()));
  await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
