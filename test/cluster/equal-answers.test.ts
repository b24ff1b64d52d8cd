import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { clusterOf, environmentOf } from "../../src/runtime/local-cluster/access.js";
import { prepareCluster } from "../../src/runtime/wiring/cluster-settings.js";
import { type Engine, openEngine } from "../../src/runtime/wiring/engine.js";
import { contestedElection, type Expected } from "../helpers/answers/contested-election.js";
import { expectFiveEqualAnswers } from "../helpers/answers/five-answers.js";
import { buildsWithinMs, buildVerifier, goIsThere } from "../helpers/answers/go-verifier.js";
import { useServices as withServices } from "../helpers/cluster/cluster.js";
import { realServers } from "../helpers/cluster/real-servers.js";
import { type Sandbox, sandbox } from "../helpers/run-vote.js";

const title = "five answers on one election, over Kafka, DynamoDB and Redis";
const available = (await realServers(title)) && goIsThere();
const timeoutMs = 300_000;

describe.runIf(available)(title, () => {
  const services = withServices();
  let box: Sandbox;
  let engine: Engine;
  let program: string;
  let expected: readonly Expected[];
  beforeAll(() => {
    box = sandbox();
    program = buildVerifier(box.path);
  }, buildsWithinMs);
  beforeAll(async () => {
    const cluster = clusterOf(services());
    await prepareCluster(cluster, "create");
    engine = await openEngine({ engine: "cluster", cluster, keysDir: join(box.dataDir, "keys") });
    expected = await contestedElection(engine);
  }, timeoutMs);
  afterAll(async () => {
    await engine?.close();
    await box?.remove();
  });

  it(
    "live view, ledger, log, replay and the verifier in Go count the same",
    async () => {
      const environment = environmentOf(services());
      const audited = { box, environment, where: ["--engine", "cluster"] };
      await expectFiveEqualAnswers(audited, engine, program, expected);
    },
    timeoutMs,
  );
});
