import { describe, expect, it } from "vitest";
import { certify } from "../../../src/runtime/recount/certificate/certify.js";
import { recountElection } from "../../../src/runtime/recount/recount.js";
import { openTestEngine } from "../../helpers/data/election.js";
import {
  alteredField,
  alteredPlace,
  certificateCases,
  certificateFields,
  heldAgainstCases,
  signedField,
} from "../../helpers/tampering/certificate-cases.js";
import { damaged, honestElections, servedFrom } from "../../helpers/tampering/verdict.js";

const honest = honestElections();

describe("the certificate", () => {
  it.each(certificateFields)("another %s", async (field, value) => {
    const dataDir = await damaged(honest().certified, alteredField(field, value), alteredPlace);
    await expect(servedFrom(dataDir)).rejects.toMatchObject({ exitCode: 3 });
  });

  it.each(certificateFields.filter(([, , place]) => place !== undefined))(
    "another %s, signed by the host itself",
    async (field, value, place) => {
      const { certified, hostKey } = honest();
      await damaged(certified, signedField(field, value, hostKey), place as RegExp);
    },
  );

  it.each(certificateCases)("%s", async (_, tamper, place) => {
    const dataDir = await damaged(honest().certified, tamper, place);
    await expect(servedFrom(dataDir)).rejects.toMatchObject({ exitCode: 3 });
    const engine = await openTestEngine(dataDir);
    const forged = { agrees: true, sealed: true, digest: "ab" };
    const report = await recountElection({ election: "demo", ...engine, from: "log" });
    const again = certify({ ...engine, report: { ...report, ...forged }, now: 1 });
    await expect(again).rejects.toMatchObject({ exitCode: 3 });
  });

  it.each(heldAgainstCases)("is held against a ledger with %s", async (_, tamper, place) => {
    await damaged(honest().certified, tamper, place);
  });
});
