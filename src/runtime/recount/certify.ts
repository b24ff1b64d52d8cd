import { type Election, withStatus } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import type { Actor, Certificate, Registry } from "../registry/port.js";
import type { View } from "../view/port.js";
import type { RecountReport } from "./report.js";

interface CertifyOptions {
  readonly report: RecountReport;
  readonly registry: Registry;
  readonly view: View;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Who asked for the certificate, for the election's trail. Default "recount". */
  readonly by?: string;
}

/**
 * Makes a recount's result official: stores the certificate, sets the status to `certified` and
 * marks the view as official. Safe to repeat: the first certificate stands, another is refused.
 *
 * @throws VoteError `not-sealed`, `recount-mismatch`, `unknown-election` or `election-not-closed`
 */
export async function certify(options: CertifyOptions): Promise<Certificate> {
  const { report, registry, view, now, by } = options;
  const { digest } = report;
  if (!report.agrees) throw mismatch(report);
  if (!report.sealed || digest === undefined) {
    throw new VoteError("not-sealed", `Election ${report.election} is not sealed everywhere.`, {
      hint: "Close it, let the tally finish, and recount.",
    });
  }
  requireClosed(await find(registry, report.election));
  await registry.putCertificate({
    election: report.election,
    certifiedAt: now,
    result: report.result,
    counted: report.counted,
    rejected: report.rejected,
    seals: report.seals,
    digest,
  });
  const certificate = await registry.getCertificate(report.election);
  if (certificate === undefined || certificate.digest !== digest) {
    throw new VoteError(
      "recount-mismatch",
      `Election ${report.election} is certified with digest ${certificate?.digest}, not ${digest}.`,
    );
  }
  const { certifiedAt } = certificate;
  await markCertified(registry, report.election, { by: by ?? "recount", at: certifiedAt });
  const votes = new Map(certificate.result.map((line) => [line.candidate, line.votes]));
  await view.setOfficial(report.election, {
    certifiedAt,
    counts: report.result.map(({ candidate }) => votes.get(candidate) ?? 0),
    rejected: certificate.rejected,
    digest,
  });
  return certificate;
}

async function markCertified(registry: Registry, id: string, actor: Actor): Promise<void> {
  for (;;) {
    const election = await find(registry, id);
    requireClosed(election);
    if (election.status === "certified") return;
    try {
      await registry.replace(withStatus(election, "certified", actor.at), actor);
      return;
    } catch (error) {
      // Someone else changed it first, perhaps to the same status: look again.
      if (!(error instanceof VoteError && error.code === "election-changed")) throw error;
    }
  }
}

async function find(registry: Registry, id: string): Promise<Election> {
  const election = await registry.get(id);
  if (election !== undefined) return election;
  throw new VoteError("unknown-election", `There is no election ${id}.`);
}

function requireClosed(election: Election): void {
  if (election.status === "closed" || election.status === "certified") return;
  throw new VoteError("election-not-closed", `Election ${election.id} is ${election.status}.`, {
    hint: "Close it first: vote election close",
  });
}

function mismatch(report: RecountReport): VoteError {
  const first = report.findings[0]?.detail ?? "no detail";
  return new VoteError(
    "recount-mismatch",
    `The recount of election ${report.election} found ${report.findingCount} errors: ${first}`,
    { hint: "Nothing was certified. See the report's findings." },
  );
}
