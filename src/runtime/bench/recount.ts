import { randomBytes } from "node:crypto";
import type { HostFacts } from "../contracts/load/host-facts.js";
import type { Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import {
  ballotBytes,
  ballotWords,
  choiceOf,
  choiceWord,
  receivedAtWord,
  wordsOf,
} from "../core/formats/ballot.js";
import { hashBytes } from "../core/formats/bytes.js";
import { alreadyVoted, counted, reasonCount } from "../core/formats/decision.js";
import { definitionHash, instanceOf } from "../core/formats/definition.js";
import { firstLogDigest } from "../core/formats/log-digest.js";
import { encodeSegment, firstPreviousHash } from "../core/formats/segment.js";
import type { Ledger } from "../ledger/port.js";
import { recountElection } from "../recount/recount.js";
import { hostFacts } from "../telemetry/host.js";
import { noWatch, type WorkWatch } from "../telemetry/work-watch.js";
import type { Engine } from "../wiring/engine.js";
import { scratchElection, withScratchEngine } from "./scratch/scratch.js";
import { type Throughput, timed } from "./scratch/throughput.js";

interface RecountBenchRecord extends Throughput {
  readonly bench: "recount";
  readonly engine: Engine["name"];
  readonly votes: number;
  readonly partitions: number;
  readonly host: HostFacts;
}

const ballotsPerSegment = 8_000;
const secondVoteEvery = 20;

/**
 * Times a recount from the ledger over chains with 5 % second votes, which the bench makes and
 * stores before the timing starts.
 *
 * @throws VoteError `recount-mismatch` if the recount does not find what was made
 */
export async function benchRecount(options: {
  readonly votes: number;
  readonly partitions: number;
  readonly watch?: WorkWatch;
}): Promise<RecountBenchRecord> {
  const { votes, partitions, watch = noWatch } = options;
  return withScratchEngine(async (engine) => {
    const election = await scratchElection(engine, partitions);
    watch.begin("Making ballots", votes, "ballots");
    for (let partition = 0; partition < partitions; partition++) {
      const share = Math.floor(votes / partitions) + (partition < votes % partitions ? 1 : 0);
      await writeChain(engine.ledger, election, partition, share, watch);
    }
    watch.begin("Recounting", partitions, "partitions");
    const onPartition = (ballots: number) => watch.done(1, ballots);
    const { result: report, ...throughput } = await timed(votes, () =>
      recountElection({ ...engine, election: election.id, from: "ledger", onPartition }),
    );
    watch.end();
    if (!report.agrees || !report.sealed || report.ballots !== votes) {
      const found = report.findings[0]?.detail ?? `${report.ballots} of ${votes} ballots`;
      throw new VoteError("recount-mismatch", `The bench's own chain does not recount: ${found}`);
    }
    const host = hostFacts();
    return { bench: "recount", engine: engine.name, votes, partitions, ...throughput, host };
  });
}

/** Writes a sealed chain of one partition, as a tally would. */
async function writeChain(
  ledger: Ledger,
  election: Election,
  partition: number,
  votes: number,
  watch: WorkWatch,
): Promise<void> {
  const candidates = election.candidates.length;
  const counts = new Float64Array(candidates);
  const rejections = new Float64Array(reasonCount);
  const bound = {
    election: election.id,
    instance: instanceOf(election),
    definitionHash: definitionHash(election),
    revision: election.revision,
    // A recount from the ledger does not look at the log.
    ...{ logDigest: firstLogDigest, lastRecordHash: firstLogDigest, refused: [] },
  };
  const receivedAt = election.openedAt ?? 0;
  const appends: Promise<unknown>[] = [];
  let previousHash: Uint8Array = firstPreviousHash;
  for (let written = 0, sequence = 0; written < votes || sequence === 0; sequence++) {
    const count = Math.min(ballotsPerSegment, votes - written);
    const ballots = makeBallots(count, partition, election, receivedAt + sequence);
    const decisions = decide(ballots, counts, rejections);
    written += count;
    const header = {
      ...bound,
      partition,
      sequence,
      positionFrom: sequence * 2,
      positionTo: sequence * 2 + 2,
      sealed: written >= votes,
      retriesAbsorbed: 0,
      counts,
      rejections,
      unkept: new Float64Array(reasonCount),
      previousHash,
    };
    const segment = encodeSegment(header, ballots, decisions);
    previousHash = segment.subarray(segment.length - hashBytes);
    appends.push(ledger.append({ election: election.id, partition, sequence }, segment));
    if (appends.length >= 64) await Promise.all(appends.splice(0));
    void watch.done(count);
  }
  await Promise.all(appends);
}

/** Makes random ballots of the partition's voters; every 20th repeats an earlier voter. */
function makeBallots(
  count: number,
  partition: number,
  { partitions, candidates }: Election,
  receivedAt: number,
): Buffer {
  const ballots = randomBytes(count * ballotBytes);
  const words = wordsOf(ballots, 0, count);
  for (let index = 0, at = 0; index < count; index++, at += ballotWords) {
    const random = words[at] >>> 0;
    const tagWord = random - (random % partitions) + partition;
    words[at] = tagWord > 0xffffffff ? tagWord - partitions : tagWord;
    words[at + receivedAtWord] = receivedAt;
    const high = Math.floor(receivedAt / 0x1_0000_0000);
    words[at + choiceWord] = high | ((random % candidates.length) << 16);
    const earlier = at - 7 * ballotWords;
    if (index % secondVoteEvery === 19) words.copyWithin(at, earlier, earlier + 4);
  }
  return ballots;
}

function decide(ballots: Buffer, counts: Float64Array, rejections: Float64Array): Buffer {
  const count = ballots.length / ballotBytes;
  const words = wordsOf(ballots, 0, count);
  const decisions = Buffer.alloc(count);
  for (let index = 0; index < count; index++) {
    const second = index % secondVoteEvery === 19;
    decisions[index] = second ? alreadyVoted : counted;
    if (second) rejections[alreadyVoted - 1]++;
    else counts[choiceOf(words, index * ballotWords)]++;
  }
  return decisions;
}
