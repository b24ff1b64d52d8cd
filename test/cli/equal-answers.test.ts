import { afterAll, beforeAll, describe, it } from "vitest";
import { type Engine, openEngine } from "../../src/runtime/wiring/engine.js";
import { contestedElection, type Expected } from "../helpers/answers/contested-election.js";
import { expectFiveEqualAnswers } from "../helpers/answers/five-answers.js";
import { buildsWithinMs, buildVerifier, goIsThere } from "../helpers/answers/go-verifier.js";
import { type Sandbox, sandbox } from "../helpers/run-vote.js";

const timeoutMs = 300_000;

describe.skipIf(!goIsThere())("five answers on one election, embedded", () => {
  let box: Sandbox;
  let engine: Engine;
  let program: string;
  let expected: readonly Expected[];
  beforeAll(() => {
    box = sandbox();
    program = buildVerifier(box.path);
  }, buildsWithinMs);
  beforeAll(async () => {
    engine = await openEngine({ engine: "embedded", dataDir: box.dataDir });
    expected = await contestedElection(engine);
  }, timeoutMs);
  afterAll(async () => {
    await engine?.close();
    await box?.remove();
  });

  it(
    "live view, ledger, log, replay and the verifier in Go count the same",
    async () => {
      const audited = { box, environment: {}, where: ["--data-dir", box.dataDir] };
      await expectFiveEqualAnswers(audited, engine, program, expected);
    },
    timeoutMs,
  );
});
