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

/**
 * Looks for the ballot of a verified receipt, in its partition's chain and in its partition's log:
 * reads all of the one, and all of the other unless the chain has it.
 *
 * @throws VoteError `corrupt-segment` or `corrupt-log` for damage on the way, with its place
 */
export async function traceBallot(place: Place, receipt: Receipt): Promise<BallotFate> {
  const seen = await searchChain(place, receipt);
  const { found } = seen;
  if (found === undefined) return undecided(place, receipt, seen);
  const decision = decisionNames[found.decision];
  const { segment } = found;
  if (found.choice !== receipt.ballot.choice) {
    const { firstChoice } = await searchLog(place, receipt);
    return firstChoice === found.choice
      ? { outcome: "repeated", decision, segment }
      : { outcome: "missing", detail: `segment ${segment} holds it with another choice` };
  }
  return decision === "counted"
    ? { outcome: "counted", segment }
    : { outcome: "rejected", reason: decision, segment };
}

/** What the chain says of a ballot and its voter. */
interface ChainSearch {
  readonly chain: Chain;
  /** By log position: why a record was passed over. */
  readonly refused: ReadonlyMap<number, string>;
  /** How many rejected ballots of the voter are kept. */
  readonly rejections: number;
  readonly found: { segment: number; decision: number; choice: number } | undefined;
}

async function searchChain({ ledger, election }: Place, receipt: Receipt): Promise<ChainSearch> {
  const { partition } = receipt.frame;
  const findings = new Findings(election.id);
  const chain = emptyChain();
  const refused = new Map<number, string>();
  const identity = identityOf(receipt);
  let rejections = 0;
  let found: ChainSearch["found"];
  for await (const segment of readChain(ledger, election, partition, findings, chain)) {
    for (const { position, reason } of segment.refused) refused.set(position, reason);
    const words = wordsOf(segment.ballots, 0, segment.ballotCount);
    for (let index = 0; index < segment.ballotCount; index++) {
      const at = index * ballotWords;
      if (!isSame(words, at, identity, tagWords)) continue;
      const decision = segment.decisions[index];
      if (decision !== counted) rejections++;
      if (!isSame(words, at, identity, identityWords)) continue;
      found ??= { segment: segment.sequence, decision, choice: choiceOf(words, at) };
    }
  }
  const [damage] = findings.kept;
  if (damage !== undefined) throw new VoteError("corrupt-segment", `${damage.detail}.`);
  return { chain, refused, rejections, found };
}

/** Says what has become of a ballot that the chain does not have. */
async function undecided(
  place: Place,
  receipt: Receipt,
  { chain, refused, rejections }: ChainSearch,
): Promise<BallotFate> {
  const { position } = await searchLog(place, receipt);
  const missing = (detail: string): BallotFate => ({ outcome: "missing", detail });
  if (position === undefined) return missing("its frame is not in the log");
  if (position >= chain.position) return { outcome: "pending" };
  const reason = refused.get(position);
  if (reason !== undefined) return missing(`position ${position} was passed over as ${reason}`);
  if (rejections < keptRejections) {
    return missing(`the ledger covers position ${position} and does not decide it`);
  }
  const isLate = chain.seal !== undefined && position >= chain.seal.logEnd;
  const isUnknown = receipt.ballot.choice >= place.election.candidates.length;
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

/** Where the receipt's frame stands, and what the first ballot of its ballot's identity chose. */
async function searchLog({ log, election }: Place, receipt: Receipt) {
  const { partition } = receipt.frame;
  const promised = signedPart(receipt.promise);
  const identity = identityOf(receipt);
  let position: number | undefined;
  let firstChoice: number | undefined;
  for (let next = 0; ; ) {
    const records = await log.read(election.id, partition, next, readBytes);
    for (const { position: at, bytes } of records) {
      if (Buffer.compare(signedPart(bytes), promised) === 0) position ??= at;
      firstChoice ??= choiceIn(bytes, identity);
    }
    const last = records.at(-1);
    if (last === undefined) return { position, firstChoice };
    next = last.position + 1;
  }
}

/** The choice of the first ballot of this identity, in a record of whatever it holds. */
function choiceIn(bytes: Uint8Array, identity: Int32Array): number | undefined {
  const ballots = Math.floor((bytes.length - frameHeaderBytes) / (4 * ballotWords));
  if (ballots <= 0) return undefined;
  const words = wordsOf(bytes, frameHeaderBytes, ballots);
  for (let at = 0; at < words.length; at += ballotWords) {
    if (isSame(words, at, identity, identityWords)) return choiceOf(words, at);
  }
  return undefined;
}

const tagWords = 4;
/** Tag and ballot id. */
const identityWords = 8;

function identityOf({ ballot }: Receipt): Int32Array {
  const bytes = Buffer.concat([ballot.voterTag, ballot.ballotId]);
  return new Int32Array(Uint8Array.from(bytes).buffer);
}

function isSame(words: Int32Array, at: number, identity: Int32Array, count: number): boolean {
  for (let word = 0; word < count; word++) {
    if (words[at + tagWord + word] !== identity[word]) return false;
  }
  return true;
}
