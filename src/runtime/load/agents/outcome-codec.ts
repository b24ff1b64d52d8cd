import {
  type OutcomeHeader,
  outcomeHeaderSchema,
  type PackedJournal,
  type StreamHeader,
} from "../../contracts/load/agent-requests.js";
import { check } from "../../contracts/schema/check.js";
import type { Election } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import { Account } from "../measure/account.js";
import { emptyJournal, type Journal, type SendableJournal } from "../measure/journal.js";
import {
  type LoadOutcome,
  packLatencies,
  type StreamOutcome,
  unpackLatencies,
} from "../measure/outcome.js";
import { Timeline } from "../measure/timeline.js";
import { planStream } from "../run/stream.js";
import type { BallotScenario, StreamSpec } from "../scenario/scenario.js";
import { ByteReader } from "./byte-reader.js";

/** The share that an outcome is of. Plan and schedule follow from it, and are not sent. */
export interface ShareOfRun {
  readonly election: Election;
  /** The share's own scenario. */
  readonly scenario: BallotScenario;
  readonly seed: number;
}

const lengthBytes = 4;
/** A thousand intervals with full histograms take less than a tenth of this. */
const maxHeaderBytes = 64 * 2 ** 20;
/** Bytes in one write. Larger blocks are cut, so that nothing is copied and little is buffered. */
const maxPieceBytes = 2 ** 20;

/**
 * Turns a share's outcome into bytes: the length of a JSON header (4 bytes, little-endian), the
 * header, then for each stream its account's bitmaps and its journal, as they lie in memory
 * (little-endian). Nothing of them is copied, whatever the number of ballots.
 */
export function* encodeOutcome(outcome: LoadOutcome): Generator<Buffer> {
  const { streams, latencies, timeline, ...plain } = outcome;
  const journals = streams.map(({ journal }) => sendable(journal));
  const header: OutcomeHeader = {
    ...plain,
    latencies: packLatencies(latencies),
    timeline: timeline.pack(),
    streams: streams.map(({ spec, lastSentMs, account }, number) => ({
      name: spec.name,
      lastSentMs,
      account: account.pack(),
      journal: journals[number].pack(),
    })),
  };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32LE(text.length);
  yield length;
  yield text;
  for (const [number, { account }] of streams.entries()) {
    for (const block of [...account.blocks(), ...journals[number].blocks()]) yield* pieces(block);
  }
}

/**
 * Reads a share's outcome.
 *
 * @param chunks the bytes of `encodeOutcome`, cut anywhere
 * @throws VoteError `agent-lost` for bytes that are no outcome of this share of the run
 */
export async function decodeOutcome(
  chunks: AsyncIterable<Uint8Array>,
  share: ShareOfRun,
): Promise<LoadOutcome> {
  const reader = new ByteReader(chunks);
  const { streams, latencies, timeline, ...plain } = await readHeader(reader);
  const { election, scenario, seed } = share;
  requireIs(plain.election === election.id && plain.seed === seed, "is of another run");
  requireIs(streams.length === scenario.streams.length, "has other streams");
  const outcomes: StreamOutcome[] = [];
  for (const [number, packed] of streams.entries()) {
    outcomes.push(await readStream(reader, packed, scenario.streams[number], share));
  }
  await reader.end();
  return {
    ...plain,
    streams: outcomes,
    latencies: unpackLatencies(latencies),
    timeline: Timeline.from(timeline),
  };
}

async function readHeader(reader: ByteReader): Promise<OutcomeHeader> {
  const length = Buffer.alloc(lengthBytes);
  await reader.fill(length);
  const bytes = length.readUInt32LE();
  requireIs(bytes <= maxHeaderBytes, "begins with no header");
  const text = Buffer.alloc(bytes);
  await reader.fill(text);
  let header: unknown;
  try {
    header = JSON.parse(text.toString("utf8"));
  } catch {
    throw notTheOutcome("begins with no header");
  }
  return check(outcomeHeaderSchema, header, (field, detail) =>
    notTheOutcome(`has a header whose ${field} ${detail}`),
  );
}

async function readStream(
  reader: ByteReader,
  { name, lastSentMs, account: counters, journal: packed }: StreamHeader,
  spec: StreamSpec,
  share: ShareOfRun,
): Promise<StreamOutcome> {
  requireIs(name === spec.name, `is of stream ${name}, not of ${spec.name}`);
  const { plan, schedule } = planStream(spec, share);
  requireIs(counters.sent <= plan.total, "sent more than was planned");
  requireIs(journalFits(packed, plan.total, share), "has a journal of another run");
  const account = new Account(plan);
  account.restore(counters);
  const journal = emptyJournal(packed);
  for (const block of [...account.blocks(), ...journal.blocks()]) await reader.fill(block);
  return { spec, schedule, account, journal, lastSentMs };
}

/** Checked before anything is allocated: a journal holds at most one entry for each ballot. */
function journalFits(packed: PackedJournal, total: number, { election }: ShareOfRun): boolean {
  if (packed.kind === "ballots") return packed.ballots === total;
  const stride = election.partitions + 3;
  const { partitions, numbers } = packed;
  return partitions === election.partitions && numbers % stride === 0 && numbers <= total * stride;
}

function* pieces(block: Uint8Array): Generator<Buffer> {
  for (let from = 0; from < block.length; from += maxPieceBytes) {
    const bytes = Math.min(maxPieceBytes, block.length - from);
    yield Buffer.from(block.buffer, block.byteOffset + from, bytes);
  }
}

function sendable(journal: Journal): SendableJournal {
  if ("pack" in journal && "blocks" in journal) return journal as SendableJournal;
  throw new VoteError("internal-error", "This journal cannot be sent to another process.");
}

function requireIs(holds: boolean, what: string): void {
  if (!holds) throw notTheOutcome(what);
}

function notTheOutcome(what: string): VoteError {
  return new VoteError("agent-lost", `What the agent sent ${what}.`, {
    hint: "Agents and coordinator must be of the same version of vote.",
  });
}
