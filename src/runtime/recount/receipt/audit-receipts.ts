import type { ReceiptsAudit } from "../../contracts/audit/receipts-audit.js";
import type { VoteKeys } from "../../contracts/http/vote-keys.js";
import type { Election } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import { type Receipt, readReceipt } from "../../core/formats/receipt.js";
import { verifiedElection } from "../../core/trail.js";
import { grouped } from "../grouped.js";
import { type Evidence, keysOf } from "./audit-receipt.js";
import { type BallotFate, traceBallots } from "./trace-ballots.js";
import { signerOfReceipt } from "./verify-receipt.js";

/** A receipt of the file, verified. */
interface Numbered {
  /** From 1. */
  readonly line: number;
  readonly receipt: Receipt;
}

/** Says who signed a receipt, as `signerOfReceipt` does. */
type SignerCheck = (receipt: Receipt) => Promise<unknown>;

/** What is held at once: beyond it, partitions are read again. */
const receiptsAtOnce = 100_000;
/** Which problems are named; the others are counted. */
const maxFindings = 20;

/** Adds up what became of many receipts. */
class Summary {
  readonly #outcomes = { signed: 0, counted: 0, rejected: 0, repeated: 0, pending: 0, missing: 0 };
  readonly #findings: { line: number; detail: string }[] = [];
  #invalid = 0;

  invalid(line: number, { message }: VoteError): void {
    this.#invalid++;
    this.#name(line, message);
  }

  add({ line, receipt }: Numbered, fate: BallotFate | { readonly outcome: "signed" }): void {
    this.#outcomes[fate.outcome]++;
    if (fate.outcome !== "missing") return;
    const ballot = Buffer.from(receipt.ballot.ballotId).toString("hex");
    this.#name(line, `Ballot ${ballot} is missing: ${fate.detail}.`);
  }

  get audit(): ReceiptsAudit {
    const invalid = this.#invalid;
    const outcomes = { ...this.#outcomes, invalid };
    const receipts = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
    const findings = this.#findings.toSorted((a, b) => a.line - b.line);
    return { receipts, outcomes, findings };
  }

  #name(line: number, detail: string): void {
    if (this.#findings.length < maxFindings) this.#findings.push({ line, detail });
  }
}

/** Verifies many receipts, one a line, without any store. Empty lines are nothing. */
export async function verifyReceipts(
  lines: AsyncIterable<string>,
  keys: VoteKeys,
): Promise<ReceiptsAudit> {
  const summary = new Summary();
  for await (const some of verified(lines, checkOf(keys), summary)) {
    for (const one of some) summary.add(one, { outcome: "signed" });
  }
  return summary.audit;
}

/**
 * Verifies many receipts by the records of their elections, and says what has become of their
 * ballots. Reads each partition once for every 100,000 of them.
 *
 * @throws VoteError `corrupt-registry`, `corrupt-segment` or `corrupt-log` for damage
 */
export async function auditReceipts(
  lines: AsyncIterable<string>,
  evidence: Evidence,
): Promise<ReceiptsAudit> {
  const elections = new Map<string, Promise<Election | undefined>>();
  const electionOf = (id: string) => {
    const read = elections.get(id) ?? electionIn(evidence, id);
    elections.set(id, read);
    return read;
  };
  const checks = new Map<string, SignerCheck>();
  const check = async (receipt: Receipt) => {
    const { election: id } = receipt.frame;
    const own = checks.get(id) ?? checkOf(keysOf(await electionOf(id)));
    checks.set(id, own);
    return own(receipt);
  };
  const summary = new Summary();
  for await (const some of verified(lines, check, summary)) {
    for (const [id, ofElection] of grouped(some, ({ receipt }) => receipt.frame.election)) {
      const election = await electionOf(id);
      if (election === undefined) throw new Error("no key of an unknown election is trusted");
      const place = { ...evidence, election };
      for (const [partition, ones] of grouped(
        ofElection,
        ({ receipt }) => receipt.frame.partition,
      )) {
        const receipts = ones.map(({ receipt }) => receipt);
        const fates = await traceBallots(place, partition, receipts);
        for (const [index, one] of ones.entries()) summary.add(one, fates[index]);
      }
    }
  }
  return summary.audit;
}

async function electionIn({ registry }: Evidence, id: string): Promise<Election | undefined> {
  return verifiedElection(id, await registry.history(id));
}

/** Checks signatures; receipts of one frame have one signature, which is checked once. */
function checkOf(keys: VoteKeys): SignerCheck {
  const checked = new Map<string, Promise<unknown>>();
  return (receipt) => {
    const frame = receipt.promise.toString("latin1");
    const check = checked.get(frame) ?? signerOfReceipt(receipt, keys);
    if (checked.size >= receiptsAtOnce) checked.clear();
    checked.set(frame, check);
    return check;
  };
}

/** Reads the receipts, and yields those that hold, many at a time; sums up the others. */
async function* verified(
  lines: AsyncIterable<string>,
  check: SignerCheck,
  summary: Summary,
): AsyncGenerator<readonly Numbered[]> {
  let some: Numbered[] = [];
  let line = 0;
  const checked = async () => {
    const held = await Promise.all(some.map((one) => isHeld(one, check, summary)));
    return some.filter((_, index) => held[index]);
  };
  for await (const text of lines) {
    line++;
    if (text.trim() === "") continue;
    const receipt = readOrSumUp(text, line, summary);
    if (receipt !== undefined) some.push({ line, receipt });
    if (some.length < receiptsAtOnce) continue;
    yield await checked();
    some = [];
  }
  yield await checked();
}

function readOrSumUp(text: string, line: number, summary: Summary): Receipt | undefined {
  try {
    return readReceipt(text);
  } catch (error) {
    if (!(error instanceof VoteError)) throw error;
    summary.invalid(line, error);
    return undefined;
  }
}

async function isHeld({ line, receipt }: Numbered, check: SignerCheck, summary: Summary) {
  try {
    await check(receipt);
    return true;
  } catch (error) {
    // An unknown election, or a signature that is not one.
    if (!(error instanceof VoteError) || !refusals.has(error.code)) throw error;
    summary.invalid(line, error);
    return false;
  }
}

const refusals: ReadonlySet<string> = new Set(["corrupt-receipt", "unknown-election"]);
