import type { Disputed, LiveResult } from "../../contracts/http/result.js";
import type { Dispute } from "../../core/dispute.js";
import { type Election, isElectionId } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import type { Certificate, CertifiedPartition } from "../../core/formats/certificate.js";
import { reasonCount } from "../../core/formats/decision.js";
import { verifiedElection } from "../../core/trail.js";
import { signatureFault } from "../../keys/certificate-signature.js";
import type { Registry } from "../../registry/port.js";
import { isRecounting, type PartitionView, type View } from "../../view/port.js";
import { PartitionMemory } from "./partition-memory.js";
import { officialResultOf, runningResultOf } from "./result.js";

/** Where results are read from. */
export interface ResultSources {
  readonly registry: Registry;
  readonly view: View;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What one read of registry and view gives. */
export interface ReadResult {
  readonly result: LiveResult;
  readonly partitions: readonly PartitionView[];
}

/** Reads one election's result: running from the view, official from the certificate. */
export class ResultReader {
  readonly #election: string;
  readonly #sources: ResultSources;
  readonly #memory = new PartitionMemory();
  #certificate: Certificate | undefined;

  constructor(election: string, sources: ResultSources) {
    this.#election = election;
    this.#sources = sources;
  }

  /**
   * @throws VoteError `unknown-election`, `ledger-unavailable`, `view-unavailable`; for an official
   *   result `corrupt-registry`
   */
  async read(): Promise<ReadResult> {
    const { registry, view } = this.#sources;
    const id = this.#election;
    const [election, [seen]] = await Promise.all([
      registry.get(id),
      Promise.allSettled([view.get(id)]),
    ]);
    if (election === undefined) throw unknownElection(id);
    const failure =
      seen.status === "rejected" ? seen.reason : this.#remember(seen.value.partitions, election);
    if (election.status === "certified") {
      // Whoever can write to the view cannot make a result official: only the registry can.
      this.#certificate ??= await verifiedCertificate(registry, id);
      return this.#official(election, this.#certificate);
    }
    if (failure !== undefined) throw failure;
    const { partitions } = this.#memory;
    const result = runningResultOf(election, partitions);
    const isRunning = seen.status === "fulfilled" && isRecounting(seen.value, this.#sources.now());
    if (election.status !== "closed") return { result, partitions };
    const dispute = await registry.getDispute(id);
    const state = {
      ...(isRunning ? { recounting: true as const } : {}),
      ...(dispute === undefined ? {} : { disputed: shownOf(dispute) }),
    };
    return { result: { ...result, ...state }, partitions };
  }

  /** @returns what is wrong with the figures; then none of them is remembered */
  #remember(seen: readonly PartitionView[], election: Election): VoteError | undefined {
    const incomplete = seen.find((figures) => !isComplete(figures, election));
    if (incomplete === undefined) return void this.#memory.update(seen, this.#sources.now());
    const place = `partition ${incomplete.partition} of election ${election.id}`;
    return new VoteError("view-unavailable", `The view's figures of ${place} are incomplete.`);
  }

  #official(election: Election, certificate: Certificate): ReadResult {
    const known = this.#memory.partitions;
    const partitions = certificate.partitions.map((seal) => atSeal(seal, known));
    return { result: officialResultOf(election, certificate, partitions), partitions };
  }
}

/** What the public sees of a dispute: the place, not the operators' words. */
function shownOf(dispute: Dispute): Disputed {
  const { election, revision, by, detail, at: since, ...shown } = dispute;
  return { since, ...shown };
}

/**
 * Reads the certificate of a certified election, with the trail that says so.
 *
 * @throws VoteError `corrupt-registry` for a damaged trail, or a certificate that is missing or
 *   altered
 */
async function verifiedCertificate(registry: Registry, id: string): Promise<Certificate> {
  const election = verifiedElection(id, await registry.history(id));
  const certificate = await registry.getCertificate(id);
  const damaged = (what: string) =>
    new VoteError("corrupt-registry", `The certificate of election ${id} is damaged: ${what}.`, {
      hint: "Restore the registry from a backup.",
    });
  // It is stored before the election is certified.
  if (election === undefined || certificate === undefined) throw damaged("it is missing");
  const fault = await signatureFault(certificate, election);
  if (fault !== undefined) throw damaged(fault);
  return certificate;
}

/** The error of a request for an election that does not exist, or whose id none can have. */
export function unknownElection(id: string): VoteError {
  const name = isElectionId(id) ? `election ${id}` : "election with such an id";
  return new VoteError("unknown-election", `There is no ${name}.`, {
    hint: "GET /v1/elections lists them.",
  });
}

/** A partition at its seal: the view may be behind it, or may have lost it. */
function atSeal(
  { partition, sequence, logEnd }: CertifiedPartition,
  known: readonly PartitionView[],
): PartitionView {
  const seen = known.find((one) => one.partition === partition);
  if (seen?.sequence === sequence) return seen;
  const { position = logEnd, retriesAbsorbed = 0 } = seen ?? {};
  const none = { counts: [], rejections: [] };
  return { partition, sequence, position, ...none, retriesAbsorbed, sealed: true };
}

/** Whether the partition exists and none of its figures is missing. */
function isComplete(figures: PartitionView, { candidates, partitions }: Election): boolean {
  const { partition, sequence, position, counts, rejections, retriesAbsorbed, sealed } = figures;
  return (
    partition < partitions &&
    counts?.length === candidates.length &&
    rejections?.length === reasonCount &&
    typeof sealed === "boolean" &&
    // The sequence of a partition without a segment is -1.
    [partition, sequence + 1, position, retriesAbsorbed, ...counts, ...rejections].every(
      (figure) => Number.isSafeInteger(figure) && figure >= 0,
    )
  );
}
