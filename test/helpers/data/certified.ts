import { expect } from "vitest";
import { accountFor } from "../../../src/runtime/chaos/audit/account.js";
import type { VoterCrowd } from "../../../src/runtime/chaos/scene/voter-crowd.js";
import type { Election } from "../../../src/runtime/core/election.js";
import { certify } from "../../../src/runtime/recount/certificate/certify.js";
import { recountElection } from "../../../src/runtime/recount/recount.js";
import type { Engine } from "../../../src/runtime/wiring/engine.js";

/** Recounts a sealed election from the log, compares it with the crowd's account, certifies it. */
export async function certifyFor(engine: Engine, election: Election, voters: VoterCrowd) {
  const { problems } = await accountFor(engine, election, voters);
  expect(problems).toEqual([]);
  const report = await recountElection({ election: election.id, ...engine, from: "log" });
  const votesFor = (id: string) =>
    [...voters.acknowledged.values()].filter(
      ({ choice, expected }) => choice === id && expected === "counted",
    ).length;
  const result = election.candidates.map(({ id }) => ({ candidate: id, votes: votesFor(id) }));
  expect(report).toMatchObject({ agrees: true, sealed: true, result });
  return certify({ ...engine, report, now: Date.now() });
}
