/** Proves what other load tools have sent: their transcript against ledger, view and recount. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { TranscriptReport } from "../../contracts/load/transcript.js";
import type { Election } from "../../core/election.js";
import { messageOf, VoteError } from "../../core/errors.js";
import { rejectionsByName } from "../../core/formats/decision.js";
import { requireElection } from "../../elections/elections.js";
import { compareView } from "../../load/reconcile/compare-view.js";
import type { LoadFindings } from "../../load/reconcile/findings.js";
import { walkLedger } from "../../load/reconcile/reconcile.js";
import { Transcript, type TranscriptBallot } from "../../load/transcript/transcript.js";
import { TranscriptChecker } from "../../load/transcript/transcript-checker.js";
import { recountElection } from "../../recount/recount.js";
import { systemClock } from "../../time/clock.js";
import type { Engine } from "../../wiring/engine.js";

interface VerifyOptions {
  readonly engine: Engine;
  readonly election: string;
  readonly transcript: Transcript;
  /** Other clients may have voted too: their ballots are counted apart. */
  readonly allowForeign: boolean;
  /** How long to wait until the tally has decided what the log holds. */
  readonly waitMs: number;
  readonly findings: LoadFindings;
}

/** Reads transcripts, one after the other. @throws VoteError `invalid-usage`, with file and line */
export async function readTranscripts(files: readonly string[]): Promise<Transcript> {
  const transcript = new Transcript();
  for (const file of files) {
    const input = createReadStream(file);
    let number = 0;
    try {
      for await (const line of createInterface({ input, crlfDelay: Infinity })) {
        transcript.take(line, `${file}, line ${++number}`);
      }
    } catch (cause) {
      if (cause instanceof VoteError) throw cause;
      const detail = `${file} cannot be read: ${messageOf(cause)}.`;
      throw new VoteError("invalid-usage", detail, { cause });
    }
  }
  if (transcript.ballots.size > 0) return transcript;
  throw new VoteError("invalid-usage", `${files.join(", ")}: no ballot was sent by this.`, {
    hint: "A k6 script's records are in the file of `k6 run --console-output FILE`.",
  });
}

/**
 * Compares a transcript with the ledger, ballot by ballot, and the ledger with view and recount.
 *
 * @throws VoteError `unknown-election`; `not-running` if the tally does not catch up with the log
 */
export async function verifyTranscript(options: VerifyOptions): Promise<TranscriptReport> {
  const { engine, transcript, findings, allowForeign } = options;
  const election = await requireElection(engine, options.election);
  await untilDecided(engine, election, options.waitMs);
  const checker = new TranscriptChecker(transcript, election, findings, allowForeign);
  const { ends } = await walkLedger(election, engine.ledger, checker, findings);
  checker.nameLost();
  const agrees = findings.total === 0;
  const view = await compareView(engine.view, election, ends, findings);
  const recount = await recountElection({ ...engine, election: election.id, from: "ledger" });
  for (const { kind, detail, ballotId, partition, sequence, position } of recount.findings) {
    const place = { ballotId, partition, sequence, position };
    findings.add("recount-differs", () => ({ detail: `${kind}: ${detail}`, ...place }));
  }
  const { counts, rejections } = checker.own;
  return {
    election: election.id,
    engine: engine.name,
    ...answersOf(transcript),
    counted: counts.reduce((sum, votes) => sum + votes, 0),
    rejected: rejectionsByName(rejections),
    lost: findings.count("lost"),
    double: findings.count("decided-twice") + findings.count("counted-twice"),
    invented: findings.count("invented"),
    foreign: checker.foreign,
    agreement: { transcript: agrees, view: view.agrees, recount: recount.agrees },
    findings: findings.kept,
    findingCount: findings.total,
    reconciled: agrees && view.agrees && recount.agrees,
  };
}

function answersOf({ ballots, resent }: Transcript) {
  const all = [...ballots.values()];
  const count = (answer: TranscriptBallot["answer"]) =>
    all.reduce((sum, one) => sum + (one.answer === answer ? 1 : 0), 0);
  const refusals: Record<string, number> = {};
  for (const { answer, code = "" } of all) {
    if (answer === "refused") refusals[code] = (refusals[code] ?? 0) + 1;
  }
  const known = { acknowledged: count("acknowledged"), refused: count("refused") };
  return { sent: all.length, resent, ...known, refusals, unknown: count(undefined) };
}

const lookEveryMs = 100;

/** Waits until the view shows everything that the log holds now: it comes after the ledger. */
async function untilDecided(
  { log, view }: Engine,
  { id, partitions }: Election,
  waitMs: number,
): Promise<void> {
  const ends = await Promise.all(
    Array.from({ length: partitions }, async (_, partition) => {
      const first = await log.read(id, partition, 0, 1);
      return first.length === 0 ? -1 : log.end(id, partition);
    }),
  );
  const { now, sleep } = systemClock;
  for (const giveUpAt = now() + waitMs; ; await sleep(lookEveryMs)) {
    const shown = new Map<number, number>();
    for (const one of (await view.get(id)).partitions) shown.set(one.partition, one.position);
    const behind = ends.flatMap((end, partition) =>
      (shown.get(partition) ?? -1) < end ? [partition] : [],
    );
    if (behind.length === 0) return;
    if (now() < giveUpAt) continue;
    const which = `${behind.length} of ${partitions} partitions`;
    throw new VoteError("not-running", `The tally is behind the log in ${which} of ${id}.`, {
      hint: "What is undecided is not lost: start a tally, or wait for longer with --wait.",
    });
  }
}
