import { createCipheriv } from "node:crypto";
import { performance } from "node:perf_hooks";
import { VoteError } from "../core/errors.js";
import { DedupTable, unseen } from "../core/fold/dedup-table.js";
import { ballotBytes, ballotWords, wordsOf } from "../core/formats/ballot.js";
import { noWatch, type WorkWatch } from "../telemetry/work-watch.js";

/** Options of `benchDedup`. */
export interface DedupBenchOptions {
  /** How many voters to add to an empty table; each number makes a row. 100 million take 3 GB. */
  readonly voters: readonly number[];
  /** Hears how far it has come. */
  readonly watch?: WorkWatch;
}

export interface DedupBenchRow {
  readonly voters: number;
  readonly addsPerSecond: number;
  /** Look-ups of voters in the table, in the order they came. */
  readonly findsPerSecond: number;
  /** The size of all typed arrays at the end, per voter. */
  readonly bytesPerVoter: number;
  /** The highest value from 100,000 voters on. */
  readonly maxBytesPerVoter: number;
  /** The slowest 256 adds in a row: the longest a ballot waits while the table grows. */
  readonly longestGrowthMs: number;
}

/** Ballots in a timed chunk: about as many as one frame holds under load. */
const chunkBallots = 256;
const flatFrom = 100_000;
/** Outside the timing, and too rare to matter. */
const chunksToTell = 4_096;

/**
 * Fills a table of each size with ballots of random ids, and looks them all up. The timing covers
 * the table alone, used as the fold uses it, and not the making of the ballots.
 */
export function benchDedup(options: DedupBenchOptions): DedupBenchRow[] {
  return options.voters.map((voters) => benchOne(voters, options.watch ?? noWatch));
}

function benchOne(voters: number, watch: WorkWatch): DedupBenchRow {
  const table = new DedupTable();
  const bytesPerVoter = () => table.bytes / table.size;
  let maxBytesPerVoter = 0;
  watch.begin("Adding voters", voters, "voters");
  const adds = forEachChunk(voters, watch, (words) => {
    table.prefetch(words, 0, words.length / ballotWords);
    for (let at = 0; at < words.length; at += ballotWords) table.add(words, at);
    if (table.size >= flatFrom) maxBytesPerVoter = Math.max(maxBytesPerVoter, bytesPerVoter());
  });
  let missing = 0;
  watch.begin("Finding them", voters, "voters");
  const finds = forEachChunk(voters, watch, (words) => {
    table.prefetch(words, 0, words.length / ballotWords);
    for (let at = 0; at < words.length; at += ballotWords) {
      if (table.find(words, at) === unseen) missing++;
    }
  });
  watch.end();
  if (missing > 0 || table.size !== voters) {
    throw new VoteError("internal-error", `The dedup table lost ${missing} of ${voters} voters.`);
  }
  return {
    voters,
    addsPerSecond: Math.round((voters / adds.totalMs) * 1_000),
    findsPerSecond: Math.round((voters / finds.totalMs) * 1_000),
    bytesPerVoter: bytesPerVoter(),
    maxBytesPerVoter: Math.max(maxBytesPerVoter, bytesPerVoter()),
    longestGrowthMs: adds.longestMs,
  };
}

/** Times `work`, which sees the same ballots at every call. */
function forEachChunk(
  voters: number,
  watch: WorkWatch,
  work: (words: Int32Array) => void,
): { totalMs: number; longestMs: number } {
  // A fixed key: the same voters in every run. AES in counter mode repeats no block.
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16, 1), Buffer.alloc(16));
  const zeros = Buffer.alloc(chunkBallots * ballotBytes);
  let totalMs = 0;
  let longestMs = 0;
  for (let done = 0; done < voters; done += chunkBallots) {
    const ballots = Math.min(chunkBallots, voters - done);
    const words = wordsOf(cipher.update(zeros), 0, ballots);
    const startedAt = performance.now();
    work(words);
    const elapsedMs = performance.now() - startedAt;
    totalMs += elapsedMs;
    longestMs = Math.max(longestMs, elapsedMs);
    if ((done / chunkBallots) % chunksToTell === chunksToTell - 1) {
      void watch.done(chunksToTell * chunkBallots);
    }
  }
  return { totalMs, longestMs };
}
