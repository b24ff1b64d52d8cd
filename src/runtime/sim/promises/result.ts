import type { Election } from "../../core/election.js";
import type { Certificate } from "../../core/formats/certificate.js";
import type { RecountReport } from "../../recount/findings/report.js";
import { recountElection } from "../../recount/recount.js";
import { ResultReader } from "../../serve/results/result-reader.js";
import type { Engine } from "../../wiring/engine.js";
import type { World } from "../world/world.js";
import type { Outcome } from "./acknowledged.js";
import { isCounted, segmentsOf } from "./evidence.js";

const promise = "A certificate says all that was verified, and a recount agrees";

/** What an auditor and a reader of results see, without any network. */
type Auditor = Pick<Engine, "registry" | "ledger" | "log" | "view">;

/** What a recount has to notice, and what else it finds is a broken promise. */
type Expected = "garbage behind the seal" | "clock error" | "altered record";

/**
 * A recount of ledger and log finds nothing wrong, and comes to the certificate's result. Where
 * somebody altered a record, or a clock was off beyond the bound, it finds that: then nothing is
 * certified.
 *
 * @returns whether it found what keeps the election from being certified
 */
export async function recountAgrees(
  world: World,
  auditor: Auditor,
  election: Election,
  outcome: Outcome,
): Promise<boolean> {
  const certificate = await auditor.registry.getCertificate(election.id);
  const { isSigned } = world;
  const noticed = new Set<Expected>();
  for (const from of ["log", "ledger"] as const) {
    const report = await recountElection({ ...auditor, election: election.id, from, isSigned });
    for (const finding of report.findings) {
      const expected = expectedOf(world, outcome, report, finding);
      if (expected !== undefined) noticed.add(expected);
      else world.breaks(promise, `from the ${from}: ${finding.kind}, ${finding.detail}`);
    }
    if (report.agrees || !noticed.has("altered record")) {
      sameResult(world, election, outcome, report, certificate);
    }
  }
  if (outcome.altered.length > 0 && !noticed.has("altered record")) {
    world.breaks(promise, "a record was altered, and no recount noticed");
  }
  for (const what of noticed) world.reach(`recount: ${what} noticed`);
  const isUncertifiable = noticed.has("altered record") || noticed.has("clock error");
  if (isUncertifiable && certificate !== undefined) {
    world.breaks(promise, `certified, although there is this: ${[...noticed].join(", ")}`);
  }
  return isUncertifiable;
}

function expectedOf(
  world: World,
  { garbage, altered }: Outcome,
  { from, seals }: RecountReport,
  { kind, partition, position = 0 }: RecountReport["findings"][number],
): Expected | undefined {
  const isThere = garbage.some((one) => one.partition === partition && one.position === position);
  const logEnd = seals.find((seal) => seal.partition === partition)?.logEnd ?? Infinity;
  if (kind === "corrupt-frame" && isThere && position >= logEnd) return "garbage behind the seal";
  if (from === "log" && altered.some((one) => one.partition === partition)) return "altered record";
  const isClockOff = world.faults.fired.has("clock off, beyond the bound");
  return kind === "outside-hours" && isClockOff ? "clock error" : undefined;
}

function sameResult(
  world: World,
  { candidates }: Election,
  { decided }: Outcome,
  { from, result, digest }: RecountReport,
  certificate: Certificate | undefined,
): void {
  const votes = candidates.map(
    (_, choice) => decided.filter((one) => isCounted(one) && one.choice === choice).length,
  );
  const same = (other: Certificate["result"]) =>
    other.every((candidate, choice) => candidate.votes === votes[choice]);
  if (!same(result)) world.breaks(promise, `from the ${from}: another result than live`);
  if (certificate === undefined) return;
  if (!same(certificate.result)) {
    world.breaks(promise, "the certificate's result is another one");
  }
  if (certificate.digest !== digest) {
    world.breaks(promise, `from the ${from}: another digest than the certificate's`);
  }
}

/** The view shows what the newest segments say. */
export function viewShowsTheLedger(world: World, { id, partitions }: Election): void {
  const promise = "The view shows what the ledger says";
  const { partitions: shown } = world.stores.content.view.get(id);
  for (let partition = 0; partition < partitions; partition++) {
    const last = segmentsOf(world.stores, id, partition).at(-1);
    const figures = shown.find((one) => one.partition === partition);
    if (last === undefined || figures === undefined) continue;
    const [one, other] = [Array.from(last.counts).join(), figures.counts.join()];
    if (last.sequence > figures.sequence || one === other) continue;
    world.breaks(promise, `partition ${partition}: the view has ${other}, the ledger ${one}`);
  }
}

/** What `vote serve` shows as official is the certificate's, once the election is certified. */
export async function officialIsTheCertificates(
  world: World,
  { registry, view }: Auditor,
  { id, status }: Election,
): Promise<void> {
  const promise = "An official result is the certificate's";
  const certificate = await registry.getCertificate(id);
  const { result } = await new ResultReader(id, { registry, view, now: () => 0 }).read();
  if (result.official !== (status === "certified")) {
    world.breaks(promise, `${status}, but shown as ${result.official ? "official" : "running"}`);
  }
  if (!result.official || result.digest === certificate?.digest) return;
  world.breaks(promise, "another digest is shown");
}
