import type { Election } from "../../core/election.js";
import type { Certificate } from "../../core/formats/certificate.js";
import { recountElection } from "../../recount/recount.js";
import { ResultReader } from "../../serve/results/result-reader.js";
import type { Engine } from "../../wiring.js";
import type { World } from "../world/world.js";
import type { Outcome } from "./acknowledged.js";
import { isCounted, segmentsOf } from "./evidence.js";

/** What an auditor and a reader of results see, without any network. */
type Auditor = Pick<Engine, "registry" | "ledger" | "log" | "view">;

/**
 * A recount of ledger and log finds nothing wrong, and comes to the certificate's result. Where a
 * clock was off beyond the bound, it may find ballots outside the hours: then nothing is certified.
 *
 * @returns whether it found such ballots
 */
export async function recountAgrees(
  world: World,
  auditor: Auditor,
  election: Election,
  { decided, garbage }: Outcome,
): Promise<boolean> {
  const promise = "A certificate says all that was verified, and a recount agrees";
  const certificate = await auditor.registry.getCertificate(election.id);
  const { isSigned } = world;
  let areOutsideHours = false;
  for (const from of ["log", "ledger"] as const) {
    const report = await recountElection({ ...auditor, election: election.id, from, isSigned });
    for (const { detail, kind, partition, position = 0 } of report.findings) {
      const isNoticed = garbage.some(
        (one) => one.partition === partition && one.position === position,
      );
      const logEnd = report.seals.find((seal) => seal.partition === partition)?.logEnd ?? Infinity;
      if (kind === "corrupt-frame" && isNoticed && position >= logEnd) {
        world.reach("recount: garbage behind the seal noticed");
      } else if (
        kind === "outside-hours" &&
        world.faults.fired.has("clock off, beyond the bound")
      ) {
        areOutsideHours = true;
      } else world.breaks(promise, `from the ${from}: ${kind}, ${detail}`);
    }
    const votes = election.candidates.map(
      (_, choice) => decided.filter((one) => isCounted(one) && one.choice === choice).length,
    );
    const same = (result: Certificate["result"]) =>
      result.every((candidate, choice) => candidate.votes === votes[choice]);
    if (!same(report.result)) world.breaks(promise, `from the ${from}: another result than live`);
    if (certificate !== undefined && !same(certificate.result)) {
      world.breaks(promise, "the certificate's result is another one");
    }
    if (certificate !== undefined && certificate.digest !== report.digest) {
      world.breaks(promise, `from the ${from}: another digest than the certificate's`);
    }
  }
  if (areOutsideHours) world.reach("recount: clock error noticed");
  if (areOutsideHours && certificate !== undefined) {
    world.breaks(promise, "certified, although ballots were received outside the hours");
  }
  return areOutsideHours;
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
