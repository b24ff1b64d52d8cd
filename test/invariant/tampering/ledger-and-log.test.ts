import { expect, it } from "vitest";
import { ledgerCases, renamed } from "../../helpers/tampering/ledger-cases.js";
import { logCases } from "../../helpers/tampering/log-cases.js";
import type { TamperingCase } from "../../helpers/tampering/tampered.js";
import { damaged, honestElections, verdictOf } from "../../helpers/tampering/verdict.js";

/**
 * Each kind of damage and forgery, done to the stored bytes of an honest election, and what the
 * default recount says of it: exit 3 and the place. Nothing here leans on a certificate.
 */
const honest = honestElections();

it("says nothing of what is whole", async () => {
  for (const base of [honest().sealed, honest().certified]) {
    const { exitCode, text } = await verdictOf(base, () => undefined);
    expect(exitCode, text).toBe(0);
  }
});

it.each(ledgerCases)("the ledger, before anything is certified: %s", async (_, tamper, place) => {
  await damaged(honest().sealed, tamper, place);
});

it.each(logCases)("the log: %s", async (_, tamper, place) => {
  await damaged(honest().sealed, tamper, place);
});

it.each<TamperingCase>([
  [
    "a dropped frame in the middle",
    (data) => data.setFrame(0, 1),
    /log-differs: election demo, partition 0, segment 1, ballot 0/,
  ],
  [
    "a log without its records, which says that it has them",
    (data) => {
      for (let n = 0; n < 4; n++) data.setFrame(0, n);
    },
    /log-differs: election demo, partition 0, segment 0, ballot 0.*the log holds no such ballot/,
  ],
])("the log, where positions stay: %s", async (_, tamper, place) => {
  await damaged(honest().sealed, tamper, place);
});

it(renamed[0], async () => {
  const [, tamper, place] = renamed;
  await damaged(honest().sealed, tamper, place, "real");
});
