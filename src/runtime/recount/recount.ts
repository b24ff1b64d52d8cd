/**
 * The recount is the second opinion on a result. It shares only the codecs with the tally:
 * `chain` and `ledger-check` verify a partition's segments, `ballot-sorter` finds each voter's
 * ballots by sorting, `log-decisions` and `log-check` derive the decisions again from the log,
 * and `certify` makes the result official.
 */

import { createHash } from "node:crypto";
import type { Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import type { CertifiedPartition, VoidedPlace } from "../core/formats/certificate.js";
import { rejectionsByName } from "../core/formats/decision.js";
import { definitionHash, definitionOf } from "../core/formats/definition.js";
import { type ElectionChange, trailFault, trailHead } from "../core/trail.js";
import type { SignatureCheck } from "../keys/signing.js";
import type { LedgerReader } from "../ledger/port.js";
import type { LogReader } from "../log/port.js";
import type { RegistryReader } from "../registry/port.js";
import { checkCertificate } from "./certificate/certificate-check.js";
import { Refusals } from "./findings/refusals.js";
import { Findings, type RecountReport } from "./findings/report.js";
import { checkPartition, type PartitionCheck } from "./ledger/ledger-check.js";
import { PartitionTotals } from "./ledger/partition-totals.js";
import { compareWithLog } from "./log/log-check.js";
import { type Judge, readRecords } from "./log/log-frames.js";
import { RecordRules } from "./log/record-rules.js";
import { mapAtOnce } from "./map-at-once.js";

export interface RecountOptions {
  readonly election: string;
  readonly registry: RegistryReader;
  readonly ledger: LedgerReader;
  readonly log: LogReader;
  /**
   * `log` also derives every decision from the log and compares ballot by ballot. `ledger` reads
   * the log only to find what keeps a closed election's partition from being sealed.
   */
  readonly from: "ledger" | "log";
  /** Reads so many partitions at once, each with 80 bytes a ballot in memory. Default 1. */
  readonly partitionsAtOnce?: number;
  /** Hears of each partition that is done, and of the ballots in it; the recount waits for it. */
  readonly onPartition?: (ballots: number) => void | Promise<void>;
  /** Default: in the threads of this process. */
  readonly isSigned?: SignatureCheck;
}

/**
 * Verifies every segment and every decision of an election and counts again. The report lists what
 * is wrong; nothing of it is thrown.
 *
 * @throws VoteError `unknown-election`, `ledger-unavailable` or `log-unavailable`
 */
export async function recountElection(options: RecountOptions): Promise<RecountReport> {
  const { registry, from, partitionsAtOnce = 1 } = options;
  const history = await registry.history(options.election);
  const election = history.record ?? history.changes.at(-1)?.election;
  if (election === undefined) throw unknownElection(options.election);
  const findings = new Findings(election.id);
  const fault = trailFault(history);
  if (fault !== undefined) findings.add("broken-trail", { change: fault.change }, fault.what);
  const totals = new PartitionTotals(election.candidates.length);
  const seals: CertifiedPartition[] = [];
  let segments = 0;
  let retriesAbsorbed = 0;
  let behind = 0;
  const refusals = new Refusals();
  const recounts = await mapAtOnce(election.partitions, partitionsAtOnce, (partition) =>
    recountPartition(options, election, partition, history.changes),
  );
  for (const { check, behind: undecided, findings: own } of recounts) {
    const { chain } = check;
    totals.addAll(check.totals);
    refusals.addAll(chain.refusals);
    segments += chain.segments;
    retriesAbsorbed += chain.retriesAbsorbed;
    if (chain.seal !== undefined) seals.push(chain.seal);
    behind += undecided;
    findings.addAll(own);
  }
  await findExtraChains(options.ledger, election, findings);
  const sealed = seals.length === election.partitions;
  const figures = {
    result: election.candidates.map(({ id }, index) => ({
      candidate: id,
      votes: totals.counts[index],
    })),
    counted: totals.counted,
    rejected: rejectionsByName(totals.rejections),
    ...passedOver(refusals, election),
    ...(sealed ? { digest: digestOf(seals) } : {}),
  };
  const certificate = await registry.getCertificate(election.id);
  const context = {
    election,
    changes: history.changes,
    isSigned: options.isSigned,
    figures: { ...definedBy(election), ...figures, partitions: seals },
  };
  await checkCertificate(certificate, context, findings);
  return {
    ...definedBy(election),
    status: election.status,
    from,
    partitions: election.partitions,
    segments,
    ballots: totals.ballots,
    ...figures,
    rejectedInTime: totals.rejectedInTime,
    retriesAbsorbed,
    refusedLate: refusals.late,
    seals,
    trailHead: trailHead(history.changes),
    ...(from === "log" ? { behind } : {}),
    findings: findings.kept,
    findingCount: findings.count,
    agrees: findings.count === 0,
    sealed,
  };
}

/** What the election was defined as, as its segments name it. */
function definedBy(election: Election) {
  const definition = definitionOf(election);
  return {
    election: election.id,
    definition,
    definitionHash: definitionHash(election).toString("hex"),
  };
}

function unknownElection(id: string): VoteError {
  return new VoteError("unknown-election", `There is no election ${id}.`, {
    hint: "`vote election list` shows those that exist.",
  });
}

function passedOver({ kept: refused, count: refusedCount }: Refusals, election: Election) {
  const voided = election.voided.map(({ partition, position, hash, reason }): VoidedPlace => {
    return { partition, position, hash, reason };
  });
  return { refused, refusedCount, voided };
}

interface PartitionRecount {
  readonly check: PartitionCheck;
  /** Ballots of the log that no segment decides yet. */
  readonly behind: number;
  readonly findings: Findings;
}

async function recountPartition(
  { ledger, log, from, isSigned, onPartition }: RecountOptions,
  election: Election,
  partition: number,
  changes: readonly ElectionChange[],
): Promise<PartitionRecount> {
  const rules = new RecordRules(election, partition, changes, isSigned);
  const findings = new Findings(election.id);
  const check = await checkPartition(ledger, election, partition, findings);
  const { chain } = check;
  let behind = 0;
  if (from === "log") {
    behind = await compareWithLog(log, ledger, election, partition, findings, check, rules);
  } else if (chain.seal === undefined && !chain.broken && hasEnded(election)) {
    await verifyRest(log, election, partition, findings, rules, chain.position);
  }
  await onPartition?.(check.totals.ballots);
  return { check, behind, findings };
}

/** Nobody reads a chain of a partition that does not exist, so nobody would miss its ballots. */
async function findExtraChains(
  ledger: LedgerReader,
  { id, partitions }: Election,
  findings: Findings,
): Promise<void> {
  for (const partition of await ledger.partitions(id)) {
    if (partition < partitions) continue;
    const what = `a chain of a partition that does not exist; the election has ${partitions}`;
    findings.add("extra-chain", { partition }, what);
  }
}

function hasEnded({ status }: Election): boolean {
  return status === "closed" || status === "certified";
}

/**
 * Looks for a damaged frame after the ledger's end. A tally stops at such a frame and never seals
 * the partition, and the missing seal alone would not say what is wrong.
 */
async function verifyRest(
  log: LogReader,
  election: Election,
  partition: number,
  findings: Findings,
  rules: RecordRules,
  position: number,
): Promise<void> {
  const judge: Judge = (record) => rules.objectionTo(record, undefined);
  for await (const _ of readRecords(log, election, partition, findings, judge, position));
}

/** SHA-256 in hexadecimal over the seals' hashes in partition order. */
function digestOf(seals: readonly CertifiedPartition[]): string {
  const sha256 = createHash("sha256");
  for (const seal of seals) sha256.update(seal.hash, "hex");
  return sha256.digest("hex");
}
