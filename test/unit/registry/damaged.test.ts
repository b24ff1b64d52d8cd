import { expect, it, onTestFinished } from "vitest";
import { createElection, withStatus } from "../../../src/runtime/core/election.js";
import { openEnvironment, openTable } from "../../../src/runtime/embedded/environment.js";
import { EmbeddedRegistry } from "../../../src/runtime/registry/embedded.js";
import { certificateOf } from "../../helpers/data/certificate.js";
import { identityOf } from "../../helpers/data/identity.js";
import { temporaryDirectory } from "../../helpers/temporary.js";

const election = createElection({
  id: "spring",
  title: "Spring",
  candidates: [
    { id: "a", name: "A" },
    { id: "b", name: "B" },
  ],
  partitions: 2,
  ...identityOf("unit"),
  createdAt: 1,
});
const certificate = await certificateOf(election, [3, 0]);

type Table = "elections" | "changes" | "certificates" | "disputes";

/** A registry with one election, two changes and a certificate, whose records can be rewritten. */
async function registry() {
  const environment = openEnvironment(`${await temporaryDirectory()}/ledger`, true);
  onTestFinished(() => environment.close());
  const own = new EmbeddedRegistry(environment);
  await own.create(election, { by: "ada", at: 1 });
  await own.replace(withStatus(election, "open", 2), { by: "ada", at: 2 });
  await own.putCertificate(certificate);
  const what = { at: 3, by: "certifier", finding: "live-count", detail: "planted" };
  await own.putDispute({ election: "spring", revision: 2, ...what });
  const damage = async (name: Table, change: (text: string) => string) => {
    const table = openTable(environment, name);
    const all = [...table.getRange()].map(({ key, value }) => [Buffer.from(key), String(value)]);
    const [key, text] = all[all.length - 1] as [Buffer, string];
    await table.put(key, Buffer.from(change(text)));
  };
  return { own, damage };
}

const cut = (text: string) => text.slice(0, text.length >> 1);
const without = (field: string) => (text: string) =>
  JSON.stringify({ ...JSON.parse(text), [field]: undefined });
const renamed = (text: string) => text.replaceAll('"spring"', '"summer"');

const extended = (text: string) => JSON.stringify({ ...JSON.parse(text), note: 1.5 });

it.each<[Table, (text: string) => string, string]>([
  ["elections", cut, "election spring is damaged: it is not JSON"],
  ["elections", () => "", "election spring is damaged: it is not JSON"],
  ["elections", () => "null", "election spring is damaged: it is not a group of fields"],
  ["elections", without("partitions"), "election spring is damaged: partitions is missing"],
  ["elections", renamed, 'election spring is damaged: id is "summer"'],
  ["changes", cut, "trail of election spring is damaged: it is not JSON"],
  ["changes", without("previous"), "trail of election spring is damaged: previous is missing"],
  ["changes", renamed, 'trail of election spring is damaged: election.id is "summer"'],
  ["certificates", cut, "certificate of election spring is damaged: it is not JSON"],
  [
    "certificates",
    without("digest"),
    "certificate of election spring is damaged: digest is missing",
  ],
  ["certificates", extended, "certificate of election spring is damaged: note is not known"],
  ["disputes", without("at"), "dispute of election spring is damaged: at is missing"],
  ["disputes", renamed, 'dispute of election spring is damaged: election is "summer"'],
  ["certificates", renamed, 'certificate of election spring is damaged: election is "summer"'],
])("names the record that is damaged, in %s", async (table, change, message) => {
  const { own, damage } = await registry();
  await damage(table, change);
  const reads: Record<Table, () => Promise<unknown>> = {
    elections: () => own.get("spring"),
    changes: () => own.trail("spring"),
    certificates: () => own.getCertificate("spring"),
    disputes: () => own.getDispute("spring"),
  };
  const error = { code: "corrupt-registry", exitCode: 3, message: `The registry's ${message}.` };
  await expect(reads[table]()).rejects.toMatchObject(error);
  if (table === "elections") await expect(own.list()).rejects.toMatchObject(error);
});

it("gives back what it has written", async () => {
  const { own } = await registry();
  expect(await own.get("spring")).toEqual(withStatus(election, "open", 2));
  expect(await own.trail("spring")).toHaveLength(2);
  expect(await own.getCertificate("spring")).toEqual(certificate);
});
