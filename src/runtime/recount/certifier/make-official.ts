import type { Election } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import type { Certificate } from "../../core/formats/certificate.js";
import { requireTrusted } from "../../core/trust.js";
import type { KeyDirectory } from "../../keys/key-directory.js";
import type { SignatureCheck } from "../../keys/signing.js";
import type { LedgerReader } from "../../ledger/port.js";
import type { LogReader } from "../../log/port.js";
import type { Registry } from "../../registry/port.js";
import type { Chance } from "../../time/chance.js";
import type { Clock } from "../../time/clock.js";
import { isRecounting, type View } from "../../view/port.js";
import { announced } from "../announced.js";
import { certify } from "../certificate/certify.js";
import { isMismatch, Mismatch } from "../findings/mismatch.js";
import type { RecountReport } from "../findings/report.js";
import { recountWhenSealed } from "../recount-when-sealed.js";
import { waitForSeals } from "../wait-for-seals.js";
import { compareLiveCount } from "./live-count.js";
import { recordDispute } from "./record-dispute.js";

/** What a certifier works with, whichever election it is. */
export interface CertifierWorld {
  readonly registry: Registry;
  readonly ledger: LedgerReader;
  readonly log: LogReader;
  readonly view: Pick<View, "get" | "setRecounting">;
  /** Signs with this host's admin key, which the election has to trust. */
  readonly keys: Pick<KeyDirectory, "signingKey">;
  readonly clock: Clock;
  readonly chance: Chance;
  /** Default: in the threads of this process. */
  readonly isSigned?: SignatureCheck | undefined;
  /** As the recount reads them. Default 1. */
  readonly partitionsAtOnce?: number | undefined;
  /** Who certifies, for the election's trail. Default "certifier". */
  readonly by?: string | undefined;
  /** Ends waits, and a recount between two partitions. */
  readonly signal: AbortSignal;
}

/** How far one election has come. */
export type CertifyStep = "waiting-for-seals" | "queued" | "recounting" | "certifying";

/** What follows one election's way to its certificate. */
export interface CertifyWatch {
  step(step: CertifyStep): void;
  /** One more partition is recounted. */
  partition(ballots: number): void;
  /** The registry did not take the dispute, after several attempts. */
  disputeNotStored?(error: unknown): void;
}

interface OneElection {
  readonly watch: CertifyWatch;
  /** How long to wait for the seals before the recount looks what is wrong. */
  readonly sealsWithinMs: number;
  /** Whether to leave it to another recount that is running. */
  readonly giveWay: () => boolean;
  /** Runs the expensive work, one election after the other. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
}

/** `certified` by this process, `official` by another one; `elsewhere` while another one works. */
export type CertifyOutcome =
  | { readonly is: "certified"; readonly certificate: Certificate; readonly compared: number }
  | { readonly is: "official" | "elsewhere" };

const pollMs = 250;
/** Certifiers that saw the seals together begin within this, one after the other. */
const spreadMs = 300;

/**
 * Makes the result of a closed election official: waits for the seals, recounts ledger and log,
 * compares with the live count, and certifies. Any number of processes may do so: a recount says in
 * the view that it is running, and the others leave it to that one. That only saves work. The
 * registry takes one certificate, whoever comes. What does not agree is recorded there, too.
 *
 * @throws VoteError as `recountWhenSealed`, `compareLiveCount` and `certify` do; `recount-mismatch`
 *   names the first wrong place; `not-sealed` where a tally only has to go on
 */
export async function makeOfficial(
  election: Election,
  world: CertifierWorld,
  one: OneElection,
): Promise<CertifyOutcome> {
  try {
    return await ledOn(election, world, one);
  } catch (error) {
    if (isMismatch(error)) {
      const notStored = (why: unknown) => one.watch.disputeNotStored?.(why);
      await recordDispute(election, error, { ...world, notStored });
    }
    throw error;
  }
}

async function ledOn(
  election: Election,
  world: CertifierWorld,
  one: OneElection,
): Promise<CertifyOutcome> {
  const { registry, ledger, log, view, keys, clock, chance, signal } = world;
  const { id } = election;
  // Only who may sign it reads it.
  requireTrusted(election, await keys.signingKey("admin"), "admin");
  one.watch.step("waiting-for-seals");
  const seals = { election, ledger, log, timeoutMs: one.sealsWithinMs, pollMs, signal, clock };
  await waitForSeals(seals).catch(notSealedYet);
  await clock.sleep(Math.floor(chance.random() * spreadMs), signal);
  one.watch.step("queued");
  return one.inTurn(async () => {
    requireGoingOn(signal, id);
    const seen = await view.get(id).catch(() => ({}));
    if (isRecounting(seen, clock.wallClock()) && one.giveWay()) return { is: "elsewhere" };
    // After the view: a recount that has just ended has left its certificate.
    if ((await registry.get(id))?.status === "certified") return { is: "official" };
    return announced({ view, election: id, clock }, () => recounted(election, world, one.watch));
  });
}

/** The recount looks again, and finds damage that keeps a partition from being sealed. */
function notSealedYet(error: unknown): void {
  if (!(error instanceof VoteError && error.code === "not-sealed")) throw error;
}

async function recounted(
  election: Election,
  world: CertifierWorld,
  watch: CertifyWatch,
): Promise<CertifyOutcome> {
  const { clock, signal, by = "certifier", isSigned, partitionsAtOnce } = world;
  const { id } = election;
  const report = await recountWhenSealed({
    ...world,
    election: id,
    from: "log",
    waitMs: 0,
    isSigned,
    partitionsAtOnce,
    onStart: () => watch.step("recounting"),
    async onPartition(ballots) {
      watch.partition(ballots);
      // A recount leaves the event loop no turn of its own.
      await clock.sleep(0);
      requireGoingOn(signal, id);
    },
  });
  requireAgreement(report);
  watch.step("certifying");
  const compared = await compareLiveCount({ ...world, election, seals: report.seals });
  requireGoingOn(signal, id);
  const certificate = await certify({ ...world, report, now: clock.wallClock(), by, isSigned });
  return { is: "certified", certificate, compared };
}

function requireGoingOn({ aborted }: AbortSignal, id: string): void {
  if (aborted) throw new VoteError("interrupted", `Election ${id} is not certified yet.`);
}

function requireAgreement(report: RecountReport): void {
  const { agrees, findings, findingCount, election } = report;
  if (agrees) return;
  const others = findingCount > 1 ? `; ${findingCount - 1} more` : "";
  const [first] = findings;
  if (isOnlyBehind(report)) {
    throw new VoteError("not-sealed", `${first.detail}${others}.`, {
      hint: "Check that a tally is running, and what it says of this partition.",
    });
  }
  throw new Mismatch(`${first.kind}: ${first.detail}${others}.`, {
    finding: first.kind,
    place: first,
    hint: `\`vote recount --election ${election} --no-certify\` lists all that is wrong.`,
  });
}

/**
 * A frame may still reach the log behind the seals, between a recount's reading of a partition's
 * chain and of its log: a tally decides it later.
 */
function isOnlyBehind({ findings, findingCount }: RecountReport): boolean {
  return findings.length === findingCount && findings.every(({ kind }) => kind === "log-ahead");
}
