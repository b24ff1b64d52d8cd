import type { Election } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import { ballotWords, choiceOf, tagWord, wordsOf } from "../../core/formats/ballot.js";
import {
  alreadyVoted,
  counted,
  type DecisionName,
  decisionNames,
  electionClosed,
  keptRejections,
  unknownCandidate,
} from "../../core/formats/decision.js";
import { frameHeaderBytes, signedPart } from "../../core/formats/frame.js";
import type { Receipt } from "../../core/formats/receipt.js";
import type { LedgerReader } from "../../ledger/port.js";
import type { LogReader } from "../../log/port.js";
import { Findings } from "../findings/report.js";
import { grouped } from "../grouped.js";
import { type Chain, emptyChain, readChain } from "../ledger/chain.js";

/** What has become of an acknowledged ballot. */
export type BallotFate =
  | { readonly outcome: "counted"; readonly segment: number }
  /** Without a segment if so many ballots of the voter were rejected that it was not kept. */
  | {
      readonly outcome: "rejected";
      readonly reason: Exclude<DecisionName, "counted">;
      readonly segment?: number;
    }
  /** It came again with another choice: what became of the first one. */
  | { readonly outcome: "repeated"; readonly decision: DecisionName; readonly segment: number }
  /** It stands in the log, where no tally has been yet. */
  | { readonly outcome: "pending" }
  /** It is not where it was promised to be. */
  | { readonly outcome: "missing"; readonly detail: string };

interface Place {
  readonly log: LogReader;
  readonly ledger: LedgerReader;
  readonly election: Election;
}

/** One receipt, and what the chain and the log say of its ballot and its voter. */
interface Sought {
  readonly receipt: Receipt;
  readonly identity: Int32Array;
  /** What the frame's signature covers, as text. */
  readonly promised: string;
  /** How many rejected ballots of the voter are kept. */
  rejections: number;
  /** In the chain. */
  found: { segment: number; decision: number; choice: number } | undefined;
  /** Where the frame stands in the log. */
  position: number | undefined;
  /** What the log's first ballot of this identity chose. */
  firstChoice: number | undefined;
}

/** By a word of their voters' tags. */
type SoughtByTag = ReadonlyMap<number, readonly Sought[]>;

/**
 * Looks for the ballots of verified receipts, all of one partition, in its chain and in its log:
 * reads all of the one, and all of the other unless the chain has each of them as it was promised.
 *
 * @returns their fates, in the receipts' order
 * @throws VoteError `corrupt-segment` or `corrupt-log` for damage on the way, with its place
 */
export async function traceBallots(
  place: Place,
  partition: number,
  receipts: readonly Receipt[],
): Promise<BallotFate[]> {
  const sought = receipts.map(soughtOf);
  const seen = await searchChain(place, partition, byTag(sought));
  const open = sought.filter(({ found, receipt }) => found?.choice !== receipt.ballot.choice);
  if (open.length > 0) await searchLog(place, partition, open);
  return sought.map((one) => fateOf(place, one, seen));
}

function fateOf({ election }: Place, sought: Sought, seen: ChainSearch): BallotFate {
  const { receipt, found, firstChoice } = sought;
  if (found === undefined) return undecided(election, sought, seen);
  const decision = decisionNames[found.decision];
  const { segment } = found;
  if (found.choice !== receipt.ballot.choice) {
    return firstChoice === found.choice
      ? { outcome: "repeated", decision, segment }
      : { outcome: "missing", detail: `segment ${segment} holds it with another choice` };
  }
  return decision === "counted"
    ? { outcome: "counted", segment }
    : { outcome: "rejected", reason: decision, segment };
}

/** What the chain says besides. */
interface ChainSearch {
  readonly chain: Chain;
  /** By log position: why a record was passed over. */
  readonly refused: ReadonlyMap<number, string>;
}

async function searchChain(
  { ledger, election }: Place,
  partition: number,
  sought: SoughtByTag,
): Promise<ChainSearch> {
  const findings = new Findings(election.id);
  const chain = emptyChain();
  const refused = new Map<number, string>();
  for await (const segment of readChain(ledger, election, partition, findings, chain)) {
    for (const { position, reason } of segment.refused) refused.set(position, reason);
    const words = wordsOf(segment.ballots, 0, segment.ballotCount);
    for (let index = 0; index < segment.ballotCount; index++) {
      const at = index * ballotWords;
      const decision = segment.decisions[index];
      for (const one of sought.get(words[at + tagWord]) ?? []) {
        if (!isSame(words, at, one.identity, tagWords)) continue;
        if (decision !== counted) one.rejections++;
        if (!isSame(words, at, one.identity, identityWords)) continue;
        one.found ??= { segment: segment.sequence, decision, choice: choiceOf(words, at) };
      }
    }
  }
  const [damage] = findings.kept;
  if (damage !== undefined) throw new VoteError("corrupt-segment", `${damage.detail}.`);
  return { chain, refused };
}

/** Says what has become of a ballot that the chain does not have. */
function undecided(
  election: Election,
  { receipt, rejections, position }: Sought,
  { chain, refused }: ChainSearch,
): BallotFate {
  const missing = (detail: string): BallotFate => ({ outcome: "missing", detail });
  if (position === undefined) return missing("its frame is not in the log");
  if (position >= chain.position) return { outcome: "pending" };
  const reason = refused.get(position);
  if (reason !== undefined) return missing(`position ${position} was passed over as ${reason}`);
  if (rejections < keptRejections) {
    return missing(`the ledger covers position ${position} and does not decide it`);
  }
  const isLate = chain.seal !== undefined && position >= chain.seal.logEnd;
  const isUnknown = receipt.ballot.choice >= election.candidates.length;
  const unkept = isUnknown ? unknownCandidate : alreadyVoted;
  return rejected(isLate ? electionClosed : unkept);
}

function rejected(decision: number): BallotFate {
  const reason = decisionNames[decision];
  if (reason === "counted") throw new Error("a counted ballot is kept");
  return { outcome: "rejected", reason };
}

/** How much of the log is read at once. */
const readBytes = 4 * 2 ** 20;

/** Finds where the receipts' frames stand, and what the first ballots of their identities chose. */
async function searchLog(
  { log, election }: Place,
  partition: number,
  sought: readonly Sought[],
): Promise<void> {
  const tags = byTag(sought);
  const promises = grouped(sought, ({ promised }) => promised);
  for (let next = 0; ; ) {
    const records = await log.read(election.id, partition, next, readBytes);
    for (const { position, bytes } of records) {
      for (const one of promises.get(textOf(signedPart(bytes))) ?? []) one.position ??= position;
      noteChoices(bytes, tags);
    }
    const last = records.at(-1);
    if (last === undefined) return;
    next = last.position + 1;
  }
}

/** Notes the first choices of these identities, in a record of whatever it holds. */
function noteChoices(bytes: Uint8Array, sought: SoughtByTag): void {
  const ballots = Math.floor((bytes.length - frameHeaderBytes) / (4 * ballotWords));
  if (ballots <= 0) return;
  const words = wordsOf(bytes, frameHeaderBytes, ballots);
  for (let at = 0; at < words.length; at += ballotWords) {
    for (const one of sought.get(words[at + tagWord]) ?? []) {
      if (isSame(words, at, one.identity, identityWords)) one.firstChoice ??= choiceOf(words, at);
    }
  }
}

const tagWords = 4;
/** Tag and ballot id. */
const identityWords = 8;

function soughtOf(receipt: Receipt): Sought {
  const bytes = Buffer.concat([receipt.ballot.voterTag, receipt.ballot.ballotId]);
  return {
    receipt,
    identity: new Int32Array(Uint8Array.from(bytes).buffer),
    promised: textOf(signedPart(receipt.promise)),
    rejections: 0,
    found: undefined,
    position: undefined,
    firstChoice: undefined,
  };
}

const byTag = (sought: readonly Sought[]): SoughtByTag =>
  grouped(sought, ({ identity }) => identity[0]);

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

function isSame(words: Int32Array, at: number, identity: Int32Array, count: number): boolean {
  for (let word = 0; word < count; word++) {
    if (words[at + tagWord + word] !== identity[word]) return false;
  }
  return true;
}
