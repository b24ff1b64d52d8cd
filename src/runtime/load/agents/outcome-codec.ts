import type { Election } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import { Account, type AccountSnapshot } from "../measure/account.js";
import {
  emptyJournal,
  type Journal,
  type PackedJournal,
  type SendableJournal,
} from "../measure/journal.js";
import {
  type LoadOutcome,
  type PackedRunLatencies,
  packLatencies,
  type StreamOutcome,
  unpackLatencies,
} from "../measure/outcome.js";
import { type PackedTimeline, Timeline } from "../measure/timeline.js";
import { planStream } from "../run/stream.js";
import type { BallotScenario, StreamSpec } from "../scenario/scenario.js";
import { ByteReader } from "./byte-reader.js";

/** What a share's outcome belongs to: plan and schedule follow from it, and are not sent. */
export interface ShareOfRun {
  readonly election: Election;
  /** The share's own. */
  readonly scenario: BallotScenario;
  readonly seed: number;
}

interface PackedStream {
  readonly name: string;
  readonly lastSentMs: number;
  readonly account: AccountSnapshot;
  readonly journal: PackedJournal;
}

type Plain = Omit<LoadOutcome, "streams" | "latencies" | "timeline">;

interface Header extends Plain {
  readonly streams: readonly PackedStream[];
  readonly latencies: PackedRunLatencies;
  readonly timeline: PackedTimeline;
}

const lengthBytes = 4;
/** A thousand intervals of full histograms take less than a tenth of this. */
const maxHeaderBytes = 64 * 2 ** 20;
/** One write: larger views are cut, so that nothing is copied and little is buffered. */
const maxPieceBytes = 2 ** 20;

/**
 * A share's outcome as bytes: the length of a JSON header (4 bytes, little-endian), the header,
 * then for each stream its account's bitmaps and its journal, as they lie in memory
 * (little-endian). Nothing of them is copied, whatever the number of ballots.
 */
export function* encodeOutcome(outcome: LoadOutcome): Generator<Buffer> {
  const { streams, latencies, timeline, ...plain } = outcome;
  const journals = streams.map(({ journal }) => sendable(journal));
  const header: Header = {
    ...plain,
    latencies: packLatencies(latencies),
    timeline: timeline.pack(),
    streams: streams.map(({ spec, lastSentMs, account }, number) => ({
      name: spec.name,
      lastSentMs,
      account: account.snapshot(),
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

async function readHeader(reader: ByteReader): Promise<Header> {
  const length = Buffer.alloc(lengthBytes);
  await reader.fill(length);
  const bytes = length.readUInt32LE();
  requireIs(bytes <= maxHeaderBytes, "begins with no header");
  const text = Buffer.alloc(bytes);
  await reader.fill(text);
  try {
    return JSON.parse(text.toString("utf8")) as Header;
  } catch {
    throw notTheOutcome("begins with no header");
  }
}

async function readStream(
  reader: ByteReader,
  { name, lastSentMs, account: figures, journal: packed }: PackedStream,
  spec: StreamSpec,
  share: ShareOfRun,
): Promise<StreamOutcome> {
  requireIs(name === spec.name, `is of stream ${name}, not of ${spec.name}`);
  const { plan, schedule } = planStream(spec, share);
  const { sent } = figures;
  requireIs(
    Number.isInteger(sent) && sent >= 0 && sent <= plan.total,
    "sent more than was planned",
  );
  requireIs(journalFits(packed, plan.total, share), "has a journal of another run");
  const account = new Account(plan);
  account.restore(figures);
  const journal = emptyJournal(packed);
  for (const block of [...account.blocks(), ...journal.blocks()]) await reader.fill(block);
  return { spec, schedule, account, journal, lastSentMs };
}

/** Before anything is allocated: a journal holds an entry a ballot at most. */
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
