import type { Election } from "../../core/election.js";
import { type CanonicalValue, canonicalJson } from "../../core/formats/canonical-json.js";
import type { Certificate, CertifiedFigures, VoidedPlace } from "../../core/formats/certificate.js";
import { changeHash, type ElectionChange } from "../../core/trail.js";
import { signatureFault } from "../../keys/certificate-signature.js";
import type { SignatureCheck } from "../../keys/signing.js";
import type { Findings } from "../findings/report.js";

/** What a certificate is held against. */
interface CertificateContext {
  readonly election: Election;
  readonly changes: readonly ElectionChange[];
  /** Default: in the threads of this process. */
  readonly isSigned?: SignatureCheck | undefined;
  /** Without a digest until all partitions are sealed. */
  readonly figures: Omit<CertifiedFigures, "digest"> & { readonly digest?: string };
}

/**
 * Holds an election's certificate, or its absence, against a recount and the election's trail:
 * every field of it.
 */
export async function checkCertificate(
  certificate: Certificate | undefined,
  { election, changes, isSigned, figures }: CertificateContext,
  findings: Findings,
): Promise<void> {
  const differs = (what: string) => findings.add("certificate-differs", {}, what);
  const certified = changes.find((change) => change.election.status === "certified");
  if (certificate === undefined) {
    if (certified === undefined) return;
    const what = "the election was certified by this change, but the certificate is missing";
    findings.add("certificate-missing", { change: certified.election.revision }, what);
    return;
  }
  const fault = await signatureFault(certificate, election, isSigned);
  if (fault !== undefined) differs(`the certificate: ${fault}`);
  for (const what of figureDifferences(certificate, figures)) differs(what);
  const head = changes.find((change) => changeHash(change) === certificate.trailHead);
  if (head?.election.status !== "closed") {
    const what = "is the hash of no change that left the election closed";
    differs(`the certificate's trailHead ${certificate.trailHead} ${what}`);
  }
  if (certified === undefined) return;
  const { certifiedAt, certifiedBy } = certificate;
  const said = canonicalJson({ certifiedAt, certifiedBy });
  const inTrail = canonicalJson({ certifiedAt: certified.at, certifiedBy: certified.by });
  if (said !== inTrail) differs(`the certificate says ${said}, the trail ${inTrail}`);
}

/** Says of each figure of a certificate that a recount makes another what both are. */
function figureDifferences(
  certificate: Certificate,
  { rejected, voided, ...figures }: CertificateContext["figures"],
): string[] {
  const derived: Group = {
    digest: "none",
    ...figures,
    voided: voided.filter((one) => !isVoidedLater(certificate, one)),
    rejected: { ...rejected, ...lateAtMost(certificate, rejected) },
  };
  const stated: Group = certificate;
  return Object.keys(derived).flatMap((field) =>
    differencesOf(stated[field], derived[field], field).slice(0, maxNamed),
  );
}

const late = "election-closed";
/** One field may differ in each of a thousand partitions. */
const maxNamed = 8;

/** Ballots that came after the certificate are rejected as late, and change nothing else. */
function lateAtMost(certificate: Certificate, rejected: CertifiedFigures["rejected"]) {
  const stated = certificate.rejected[late];
  return (stated ?? 0) <= (rejected[late] ?? 0) ? { [late]: stated } : {};
}

/** What stands behind the seal can be voided after the certificate, and changes nothing. */
function isVoidedLater(certificate: Certificate, { partition, position }: VoidedPlace): boolean {
  const isSame = (one: VoidedPlace) => one.partition === partition && one.position === position;
  const seal = certificate.partitions.find((one) => one.partition === partition);
  return seal !== undefined && position >= seal.logEnd && !certificate.voided.some(isSame);
}

/** Compares two values member by member. */
function differencesOf(
  stated: CanonicalValue | undefined,
  derived: CanonicalValue | undefined,
  path: string,
): string[] {
  if (isGroup(stated) && isGroup(derived)) {
    const names = new Set([...Object.keys(derived), ...Object.keys(stated)]);
    const inside = Array.isArray(derived)
      ? (name: string) => `[${name}]`
      : (name: string) => `.${name}`;
    return [...names].flatMap((name) =>
      differencesOf(memberOf(stated, name), memberOf(derived, name), `${path}${inside(name)}`),
    );
  }
  const [one, other] = [textOf(stated), textOf(derived)];
  return one === other
    ? []
    : [`the certificate's ${path} is ${one}, the recount makes it ${other}`];
}

type Group = Readonly<Record<string, CanonicalValue | undefined>>;

function isGroup(value: CanonicalValue | undefined): value is Group {
  return typeof value === "object" && value !== null;
}

function memberOf(group: Group, name: string): CanonicalValue | undefined {
  return Object.hasOwn(group, name) ? group[name] : undefined;
}

function textOf(value: CanonicalValue | undefined): string {
  return value === undefined ? "missing" : canonicalJson(value);
}
