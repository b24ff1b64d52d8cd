import type { Election } from "../../core/election.js";
import { asBuffer } from "../../core/formats/bytes.js";
import type { CertifiedPartition } from "../../core/formats/certificate.js";
import { definitionHash, instanceOf } from "../../core/formats/definition.js";
import { decodeSegment, firstPreviousHash, type Segment } from "../../core/formats/segment.js";
import type { LedgerReader } from "../../ledger/port.js";
import { Refusals } from "../findings/refusals.js";
import type { Findings } from "../findings/report.js";

/** What reading one partition's segments as links of a chain has shown. */
export interface Chain {
  segments: number;
  seal: CertifiedPartition | undefined;
  retriesAbsorbed: number;
  /** Segments were made by another definition of the election; a finding names the first. */
  redefined: boolean;
  /** Log position after the last segment. */
  position: number;
  readonly refusals: Refusals;
  /** By which revision of the election each stretch of the log was decided, in order. */
  readonly stretches: { positionTo: number; readonly revision: number }[];
  /** The chain could not be read to its end; a finding says why. */
  broken: boolean;
}

/**
 * Reads a partition's chain segment by segment and verifies each link: its own hash, its place,
 * the previous segment's hash, and where its log positions start. Ends at the first segment that
 * cannot be placed, because nothing after it can be judged; a finding names it.
 */
export async function* readChain(
  ledger: LedgerReader,
  election: Election,
  partition: number,
  findings: Findings,
  chain: Chain,
): AsyncGenerator<Segment> {
  const definition = definitionHash(election);
  let previousHash: Uint8Array = firstPreviousHash;
  for await (const bytes of ledger.read(election.id, partition, 0)) {
    const sequence = chain.segments;
    const place = { partition, sequence };
    const segment = findings.decoded("corrupt-segment", place, (where) =>
      decodeSegment(bytes, where),
    );
    if (segment === undefined) {
      chain.broken = true;
      return;
    }
    const misplaced = whyMisplaced(segment, election, partition, sequence);
    if (misplaced !== undefined) {
      findings.add("wrong-place", place, `${misplaced}; reading ends here`);
      chain.broken = true;
      return;
    }
    if (!isSame(segment.previousHash, previousHash)) {
      findings.add("broken-chain", place, "the previous segment has a different hash");
    }
    if (!chain.redefined && !isSame(segment.definitionHash, definition)) {
      chain.redefined = true;
      const what = "made by another definition of the election than the registry's";
      findings.add("wrong-definition", place, what);
    }
    verifyLink(segment, chain, findings);
    previousHash = segment.hash;
    chain.segments++;
    chain.position = segment.positionTo;
    const isLate = chain.seal !== undefined && chain.seal.sequence < sequence;
    chain.refusals.take(segment, election, findings, isLate);
    addStretch(chain, segment);
    chain.retriesAbsorbed = segment.retriesAbsorbed;
    yield segment;
  }
}

function addStretch({ stretches }: Chain, { positionTo, revision }: Segment): void {
  const last = stretches.at(-1);
  if (last?.revision === revision) last.positionTo = positionTo;
  else stretches.push({ positionTo, revision });
}

/** Makes the state of a chain before its first segment. */
export function emptyChain(): Chain {
  return {
    segments: 0,
    seal: undefined,
    retriesAbsorbed: 0,
    redefined: false,
    position: 0,
    refusals: new Refusals(),
    stretches: [],
    broken: false,
  };
}

function whyMisplaced(
  segment: Segment,
  election: Election,
  partition: number,
  sequence: number,
): string | undefined {
  if (segment.election !== election.id) return `it belongs to election ${segment.election}`;
  if (!isSame(segment.instance, instanceOf(election))) {
    return "it belongs to another instance of the election";
  }
  if (segment.partition !== partition) return `it belongs to partition ${segment.partition}`;
  if (segment.sequence !== sequence) return `segment ${segment.sequence} is stored here`;
  if (segment.counts.length !== election.candidates.length) {
    return `it counts ${segment.counts.length} candidates instead of ${election.candidates.length}`;
  }
  return undefined;
}

function verifyLink(segment: Segment, chain: Chain, findings: Findings): void {
  const { partition, sequence, positionFrom, positionTo } = segment;
  const place = { partition, sequence };
  if (positionFrom !== chain.position) {
    const what = `starts at log position ${positionFrom} instead of ${chain.position}`;
    findings.add("wrong-positions", place, what);
  }
  if (positionTo <= positionFrom) {
    const what = `covers no log position: from ${positionFrom} to before ${positionTo}`;
    findings.add("wrong-positions", place, what);
  }
  if (segment.retriesAbsorbed < chain.retriesAbsorbed) {
    const what = `${segment.retriesAbsorbed} retries absorbed, fewer than ${chain.retriesAbsorbed}`;
    findings.add("wrong-totals", place, what);
  }
  if (!segment.sealed) return;
  if (chain.seal !== undefined) {
    const what = `a second seal; segment ${chain.seal.sequence} is already sealed`;
    findings.add("wrong-seal", place, what);
    return;
  }
  chain.seal = {
    partition,
    sequence,
    hash: segment.hash.toString("hex"),
    logEnd: positionTo,
    logDigest: asBuffer(segment.logDigest).toString("hex"),
  };
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
