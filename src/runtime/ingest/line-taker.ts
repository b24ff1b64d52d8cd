import { VoteError } from "../core/errors.js";
import { maxVoterIdBytes } from "../core/limits.js";
import { malformedJson } from "../http/problem.js";
import { requireVoterId } from "../keys/voter-id.js";
import type { IngestContext } from "./context.js";
import type { CachedElection } from "./election/election-cache.js";
import type { BallotFields } from "./gather/ballot-draft.js";
import { BallotIds } from "./lines/ballot-ids.js";
import { BatchAnswer } from "./lines/batch-answer.js";
import { ballotIdCharacters, type CanonicalLines } from "./lines/canonical-lines.js";
import type { NdjsonLine } from "./lines/ndjson.js";

interface LineFields extends BallotFields {
  readonly voter?: unknown;
}

const tagWords = 4;
/** The ids that the clients of a batch gave: the drawn ones are random. */
const given = new BallotIds();
/** Its voters' tags. */
let tags = new Int32Array(0);

/**
 * Adds a batch's lines to their frames, one after the other. All of them are taken before another
 * batch gets its taker: batches share `given` and `tags`.
 */
export class LineTaker {
  readonly answer: BatchAnswer;
  readonly #context: IngestContext;
  readonly #cached: CachedElection;
  readonly #receivedAt: number;
  /** By line, where the id is not in the bytes of canonical lines. */
  readonly #ballotIds: string[] = [];
  #canonical: CanonicalLines | undefined;

  constructor(context: IngestContext, cached: CachedElection, lines: number, receivedAt: number) {
    this.#context = context;
    this.#cached = cached;
    this.#receivedAt = receivedAt;
    given.restart(lines);
    this.answer = new BatchAnswer(cached.election.partitions, lines, (n) => this.#ballotIdOf(n));
  }

  /** Takes all lines from their bytes. A wrong one becomes an object, to say what is wrong. */
  takeCanonical(lines: CanonicalLines): void {
    this.#canonical = lines;
    const { bytes, voters, choices } = lines;
    if (tags.length < voters.count * tagWords) tags = new Int32Array(voters.count * tagWords);
    this.#cached.tagger.writeMany(voters, tags);
    for (let index = 0; index < voters.count; index++) {
      if (this.#takePlaced(index, lines)) continue;
      const id = lines.ballotIds[index];
      this.take(index, {
        voter: bytes.toString("utf8", voters.starts[index], voters.ends[index]),
        choice: bytes.toString("utf8", choices.starts[index], choices.ends[index]),
        ...(id === -1 ? {} : { ballotId: bytes.toString("utf8", id, id + ballotIdCharacters) }),
      });
    }
  }

  takeParsed(index: number, parsed: NdjsonLine): void {
    if (parsed === undefined) this.#refuse(index, malformedJson());
    else if (parsed === "too-deep") this.#refuse(index, invalidLine("it is nested too deeply"));
    else this.take(index, parsed.value);
  }

  take(index: number, value: unknown): void {
    try {
      this.#add(index, value);
    } catch (error) {
      if (!(error instanceof VoteError)) throw error;
      this.#refuse(index, error);
    }
  }

  /** @returns false if anything is wrong with the line */
  #takePlaced(index: number, lines: CanonicalLines): boolean {
    const { draft } = this.#context;
    const { bytes, voters, choices, ballotIds } = lines;
    const voterBytes = voters.ends[index] - voters.starts[index];
    if (voterBytes < 1 || voterBytes > maxVoterIdBytes) return false;
    const choice = this.#cached.choices.placeIn(bytes, choices.starts[index], choices.ends[index]);
    if (choice === undefined) return false;
    const placed = { tags, tagAt: index * tagWords, ballotIdAt: ballotIds[index], choice };
    if (!draft.fillPlaced(this.#cached, bytes, placed, this.#receivedAt)) return false;
    if (placed.ballotIdAt === -1) this.#ballotIds[index] = draft.ballotId;
    else if (!given.add(draft.key)) {
      this.#refuse(index, duplicateBallotId());
      return true;
    }
    this.#accept(index);
    return true;
  }

  #add(index: number, value: unknown): void {
    const { draft } = this.#context;
    if (typeof value !== "object" || value === null) throw invalidLine("it is not a JSON object");
    const fields: LineFields = value;
    const { voter, ballotId } = fields;
    if (typeof voter !== "string") throw invalidLine("it has no voter");
    requireVoterId(voter, () => invalidLine("its voter id is not 1 to 256 bytes of UTF-8"));
    draft.fill(this.#cached, voter, fields, this.#receivedAt);
    const isGiven = ballotId !== undefined && ballotId !== null;
    if (isGiven && !given.add(draft.key)) throw duplicateBallotId();
    this.#ballotIds[index] = draft.ballotId;
    this.#accept(index);
  }

  #accept(index: number): void {
    const { draft, batcher } = this.#context;
    this.answer.accept(index, batcher.add(this.#cached.election, draft, this.answer));
  }

  #refuse(index: number, error: VoteError): void {
    this.#context.server.refused.add(error.code);
    this.answer.refuse(index, error);
  }

  #ballotIdOf(index: number): string {
    const at = this.#canonical?.ballotIds[index] ?? -1;
    if (this.#canonical === undefined || at === -1) return this.#ballotIds[index];
    return this.#canonical.bytes.toString("latin1", at, at + ballotIdCharacters);
  }
}

function invalidLine(what: string): VoteError {
  return new VoteError("invalid-ballot", `The line is not a ballot: ${what}.`);
}

function duplicateBallotId(): VoteError {
  return new VoteError("duplicate-ballot-id", "An earlier line has the same ballot id.");
}
