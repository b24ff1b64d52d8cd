import { type Election, withStatus } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import type { Certificate } from "../../core/formats/certificate.js";
import { trailHead, verifiedElection } from "../../core/trail.js";
import { requireTrusted } from "../../core/trust.js";
import { signCertificate } from "../../keys/certificate-signature.js";
import type { KeyDirectory } from "../../keys/key-directory.js";
import type { SignatureCheck } from "../../keys/signing.js";
import type { Actor, Registry } from "../../registry/port.js";
import { programVersion } from "../../telemetry/program.js";
import { Findings, type RecountReport } from "../findings/report.js";
import { checkCertificate } from "./certificate-check.js";

interface CertifyOptions {
  /** From the log: a certificate says that ledger and log were verified. */
  readonly report: RecountReport;
  readonly registry: Registry;
  /** Signs with this host's admin key, which the election has to trust. */
  readonly keys: Pick<KeyDirectory, "signingKey">;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Who asked for the certificate, for the election's trail. Default "recount". */
  readonly by?: string;
  /** Default: in the threads of this process. */
  readonly isSigned?: SignatureCheck;
}

/**
 * Makes a recount's result official: stores the signed certificate, and sets the status to
 * `certified`. Safe to repeat: the first certificate stands, and none is issued over another, nor
 * in place of one that is missing.
 *
 * @throws VoteError `not-sealed`, `recount-mismatch`, `unknown-election`, `election-not-closed`,
 *   `election-changed`, `untrusted-key`, `corrupt-registry`; `invalid-usage` for a recount that did
 *   not read the log
 */
export async function certify(options: CertifyOptions): Promise<Certificate> {
  const { report, registry } = options;
  requireComplete(report);
  const certificate = (await existing(registry, report)) ?? (await issue(options));
  await requireSame(certificate, options);
  const { certifiedAt, certifiedBy } = certificate;
  await markCertified(registry, report.election, { by: certifiedBy, at: certifiedAt });
  return certificate;
}

/** The certificate that there is, or undefined where the first one may still be issued. */
async function existing(
  registry: Registry,
  { election: id, trailHead: head }: RecountReport,
): Promise<Certificate | undefined> {
  const history = await registry.history(id);
  const election = verifiedElection(id, history);
  requireClosed(election, id);
  const certificate = await registry.getCertificate(id);
  if (certificate !== undefined) return certificate;
  if (election.status === "certified") {
    throw new VoteError("corrupt-registry", `The certificate of election ${id} is missing.`, {
      hint: "Restore it from a backup: no other is issued in its place.",
    });
  }
  if (trailHead(history.changes) === head) return undefined;
  throw new VoteError("election-changed", `Election ${id} has changed since it was recounted.`, {
    hint: "Recount it again.",
  });
}

/** Whoever was first may have certified another result. */
async function requireSame(
  certificate: Certificate,
  { registry, report, isSigned }: CertifyOptions,
): Promise<void> {
  const { record: election, changes } = await registry.history(report.election);
  requireClosed(election, report.election);
  const findings = new Findings(report.election);
  const figures = figuresOf(report);
  await checkCertificate(certificate, { election, changes, isSigned, figures }, findings);
  if (findings.count === 0) return;
  throw new VoteError("recount-mismatch", `${findings.kept[0].detail}.`, {
    hint: "The first certificate stands: find out how it came about.",
  });
}

/** @returns what is stored: another process may have been first */
async function issue({ report, registry, keys, now, by }: CertifyOptions): Promise<Certificate> {
  const id = report.election;
  const key = await keys.signingKey("admin");
  const election = await registry.get(id);
  requireClosed(election, id);
  requireTrusted(election, key, "admin");
  const certificate = await signCertificate(
    {
      version: 2,
      ...figuresOf(report),
      trailHead: report.trailHead,
      verified: ["ledger", "log"],
      verifiedBy: programVersion(),
      certifiedAt: now,
      certifiedBy: by ?? "recount",
    },
    key,
  );
  await registry.putCertificate(certificate);
  return (await registry.getCertificate(id)) ?? certificate;
}

function figuresOf(report: RecountReport) {
  const { election, definition, definitionHash, result, counted, rejected, seals } = report;
  const { refused, refusedCount, voided, digest = "none" } = report;
  const what = { election, definition, definitionHash };
  const passedOver = { refused, refusedCount, voided };
  return { ...what, result, counted, rejected, ...passedOver, partitions: seals, digest };
}

/** @throws VoteError for a recount that found errors, or did not see all there is */
function requireComplete(report: RecountReport): void {
  const { election, from, agrees, sealed, digest, findings, findingCount } = report;
  if (!agrees) {
    const detail = findings[0]?.detail ?? "no detail";
    throw new VoteError(
      "recount-mismatch",
      `The recount of election ${election} found ${findingCount} errors: ${detail}`,
      { hint: "Nothing was certified. See the report's findings." },
    );
  }
  if (!sealed || digest === undefined) {
    throw new VoteError("not-sealed", `Election ${election} is not sealed everywhere.`, {
      hint: "Close it, let the tally finish, and recount.",
    });
  }
  if (from === "log") return;
  throw new VoteError("invalid-usage", `The log of election ${election} was not verified.`, {
    hint: "Recount from the log: a certificate says that ledger and log agree.",
  });
}

async function markCertified(registry: Registry, id: string, actor: Actor): Promise<void> {
  for (;;) {
    const election = await registry.get(id);
    requireClosed(election, id);
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

function requireClosed(election: Election | undefined, id: string): asserts election is Election {
  if (election === undefined) {
    throw new VoteError("unknown-election", `There is no election ${id}.`);
  }
  if (election.status === "closed" || election.status === "certified") return;
  throw new VoteError("election-not-closed", `Election ${id} is ${election.status}.`, {
    hint: `Close it first with \`vote election close ${id}\`.`,
  });
}
