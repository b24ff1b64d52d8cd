import type { Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import {
  emptyTally,
  foldFrame,
  restoreSegment,
  restoreTotals,
  type TallyState,
} from "../core/fold/fold.js";
import { hashBytes } from "../core/formats/bytes.js";
import { definitionHash, instanceOf } from "../core/formats/definition.js";
import { closeFrame, type Frame } from "../core/formats/frame.js";
import { firstLogDigest, nextLogDigest } from "../core/formats/log-digest.js";
import type { RefusedRecord } from "../core/formats/refusal.js";
import {
  decodeSegment,
  firstPreviousHash,
  maxRefusedPerSegment,
  type Segment,
} from "../core/formats/segment.js";
import type { SignatureCheck } from "../keys/signing.js";
import type { Ledger } from "../ledger/port.js";
import type { FrameRecord, Log } from "../log/port.js";
import type { Chance } from "../time/chance.js";
import type { Clock } from "../time/clock.js";
import type { PartitionView } from "../view/port.js";
import { type Admission, Gatekeeper } from "./admission.js";
import { insertSegment } from "./insert-segment.js";
import { SegmentBuilder } from "./segment-builder.js";
import { readSnapshot } from "./snapshots/read-snapshot.js";
import type { Snapshots } from "./snapshots/snapshots.js";
import type { TallyEvents } from "./telemetry/tally-events.js";
import { verifyLog } from "./verify-log.js";

interface PartitionTallyOptions {
  readonly election: Election;
  readonly partition: number;
  readonly ledger: Ledger;
  /** Reads the election's record again: what is about to be refused may be trusted by now. */
  readonly reread: () => Promise<Election>;
  /** Read once, at the start: does it still hold the last record that was decided? */
  readonly log: Pick<Log, "read" | "end">;
  readonly events: TallyEvents;
  readonly snapshots?: Snapshots | undefined;
  readonly stopping: AbortSignal;
  /** Default: in the threads of this process. */
  readonly isSigned?: SignatureCheck | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Default: the machine's. */
  readonly chance?: Chance;
  /** Called with each segment that was read while loading. */
  readonly loaded?: (position: number, sealed: boolean) => void;
  /** Called after loading and after each commit, with the counts as of the last segment. */
  readonly committed: (view: PartitionView) => void;
  /** Called with how long each insert into the ledger took. */
  readonly inserted?: (tookMs: number) => void;
}

/**
 * One partition's tally: folds frames, commits a segment, then updates the view. The segment's
 * conditional insert is the only commit: it carries decisions, counts, dedup keys and the log
 * position together.
 */
export class PartitionTally {
  readonly #options: PartitionTallyOptions;
  #state: TallyState;
  readonly #builder: SegmentBuilder;
  #nextSequence = 0;
  #position = 0;
  #previousHash: Buffer = firstPreviousHash;
  readonly #instance: Buffer;
  readonly #definitionHash: Buffer;
  #logDigest: Buffer = firstLogDigest;
  #lastRecordHash: Buffer = firstLogDigest;
  readonly #gate: Gatekeeper;
  /** Records since the last segment that are passed over. */
  #refused: RefusedRecord[] = [];
  #revision: number;

  private constructor(options: PartitionTallyOptions) {
    this.#options = options;
    const { partition, election, reread } = options;
    const candidates = election.candidates.length;
    this.#state = emptyTally(candidates, partition, election.partitions);
    this.#builder = new SegmentBuilder(candidates);
    this.#gate = new Gatekeeper(election, partition, reread, options.isSigned);
    this.#revision = election.revision;
    this.#instance = instanceOf(election);
    this.#definitionHash = definitionHash(election);
  }

  /**
   * Rebuilds the state from the ledger.
   *
   * @throws VoteError `corrupt-segment` when the chain does not hold, `corrupt-log` when the log is
   *   not the one that the chain was made from
   */
  static async load(options: PartitionTallyOptions): Promise<PartitionTally> {
    const tally = new PartitionTally(options);
    const { ledger, log, election, partition, loaded } = options;
    await tally.#restoreSnapshot();
    for await (const bytes of ledger.read(election.id, partition, tally.#nextSequence)) {
      tally.#restore(bytes);
      loaded?.(tally.position, tally.sealed);
    }
    await verifyLog(
      { log, election: election.id, partition },
      tally.#position,
      tally.#lastRecordHash,
    );
    // Even with nothing decided yet: it shows that the partition has a tally.
    tally.#publish();
    return tally;
  }

  get election(): string {
    return this.#options.election.id;
  }

  get partition(): number {
    return this.#options.partition;
  }

  /** The log position to read from. */
  get position(): number {
    return this.#position;
  }

  /** Whether everything up to the close marker is decided. */
  get sealed(): boolean {
    return this.#state.sealed;
  }

  /** How many entries the dedup tables have: what a snapshot costs, and spares. */
  get entries(): number {
    return this.#state.voters.size + this.#state.rejectedBallots.size;
  }

  /** Holds the state behind the last segment for a snapshot; only between two calls. */
  freeze() {
    const { election, partition } = this;
    const { voters, rejectedBallots, sealed } = this.#state;
    const place = { election, partition, sequence: this.#nextSequence - 1 };
    const head = { ...place, segmentHash: this.#previousHash, sealed };
    return { head, tables: [voters.freeze(), rejectedBallots.freeze()] };
  }

  /** The snapshot is written: nothing has to be held any more. */
  thaw(): void {
    this.#state.voters.thaw();
    this.#state.rejectedBallots.thaw();
  }

  /** Begins behind the segment that the snapshot names, if there is a snapshot that holds. */
  async #restoreSnapshot(): Promise<void> {
    const { election, partition, ledger, snapshots, loaded } = this.#options;
    if (snapshots === undefined) return;
    const alive = () => loaded?.(this.#position, false);
    const place = { election: election.id, partition };
    const found = await readSnapshot({ ...place, ledger, snapshots, alive });
    if (found === undefined) return;
    const { segment, tables, sealed } = found;
    const { candidates, partitions } = election;
    this.#state = emptyTally(candidates.length, partition, partitions, tables);
    this.#state.sealed = sealed;
    this.#nextSequence = segment.sequence;
    const where = `election ${election.id}, partition ${partition}, segment ${segment.sequence}`;
    this.#take(segment, where, restoreTotals);
    snapshots.used(this);
  }

  #restore(bytes: Uint8Array): void {
    const { partition } = this.#options;
    const election = this.#options.election.id;
    const place = `election ${election}, partition ${partition}, segment ${this.#nextSequence}`;
    const segment = decodeSegment(bytes, place);
    const continues =
      segment.election === election &&
      segment.partition === partition &&
      segment.sequence === this.#nextSequence &&
      segment.positionFrom === this.#position &&
      this.#previousHash.equals(segment.previousHash);
    if (!continues) {
      throw new VoteError("corrupt-segment", `${place}: it does not continue the chain`, {
        hint: `Run \`vote recount --election ${election}\` to see what is wrong.`,
      });
    }
    this.#take(segment, place, restoreSegment);
  }

  /** Goes on behind the segment. */
  #take(segment: Segment, place: string, restore: typeof restoreSegment): void {
    this.#requireSameElection(segment, place);
    restore(this.#state, segment);
    this.#logDigest = Buffer.from(segment.logDigest);
    this.#lastRecordHash = Buffer.from(segment.lastRecordHash);
    this.#advance(segment.positionTo, segment.hash);
  }

  #requireSameElection({ instance, definitionHash }: Segment, place: string): void {
    const sameInstance = this.#instance.equals(instance);
    if (sameInstance && this.#definitionHash.equals(definitionHash)) return;
    const what = sameInstance ? "by another definition of" : "for another instance of";
    throw new VoteError("corrupt-segment", `${place}: it was made ${what} the election`, {
      hint: "Registry and ledger must come from the same election: restore both from one backup.",
    });
  }

  #advance(position: number, hash: Uint8Array): void {
    this.#nextSequence++;
    this.#position = position;
    this.#previousHash = Buffer.from(hash);
  }

  /**
   * Folds the records and commits all their ballots. Records that are no frames of ours are passed
   * over, and named in the segment.
   *
   * @returns "fenced" if another tally has written this sequence: this state is void
   * @throws VoteError `corrupt-frame`; all that is before the damage is committed, nothing after it
   *   is folded
   */
  async process(records: readonly FrameRecord[]): Promise<"committed" | "fenced"> {
    const { records: admitted, damage, revision } = await this.#gate.admit(records);
    // A segment is decided by one revision: what `process` folds is committed before it returns.
    this.#revision = revision;
    const outcome = await this.#decide(admitted);
    if (outcome === "fenced") return outcome;
    if (damage !== undefined) throw damage;
    if (!this.sealed) this.#options.snapshots?.offer(this);
    return outcome;
  }

  async #decide(records: Admission["records"]): Promise<"committed" | "fenced"> {
    let pending = false;
    let position = this.#position;
    for (const record of records) {
      const ballots = "frame" in record ? record.frame.ballotCount : 0;
      if (!this.#builder.fits(ballots) || this.#refused.length === maxRefusedPerSegment) {
        if ((await this.#commit(position, false)) === "fenced") return "fenced";
      }
      const sealing = "frame" in record && this.#fold(record.frame);
      if ("reason" in record) this.#refused.push(record);
      this.#lastRecordHash = Buffer.from(record.hash);
      this.#logDigest = nextLogDigest(this.#logDigest, record.hash);
      position = record.position + 1;
      pending = true;
      if (sealing) {
        if ((await this.#commit(position, true)) === "fenced") return "fenced";
        pending = false;
      }
    }
    if (!pending) return "committed";
    return this.#commit(position, false);
  }

  /** @returns whether the seal ends the segment: each is wholly before or after the close */
  #fold(frame: Frame): boolean {
    const sealing = frame.kind === closeFrame && !this.#state.sealed;
    const retries = foldFrame(this.#state, frame, this.#builder.room(frame.ballotCount));
    this.#builder.take(frame, retries);
    return sealing;
  }

  async #commit(positionTo: number, sealed: boolean): Promise<"committed" | "fenced"> {
    const { partition } = this.#options;
    const { id } = this.#options.election;
    const refused = this.#refused;
    const state = this.#state;
    const bytes = this.#builder.finish({
      election: id,
      instance: this.#instance,
      definitionHash: this.#definitionHash,
      revision: this.#revision,
      partition,
      sequence: this.#nextSequence,
      positionFrom: this.#position,
      positionTo,
      logDigest: this.#logDigest,
      lastRecordHash: this.#lastRecordHash,
      sealed,
      retriesAbsorbed: state.retriesAbsorbed,
      counts: state.counts,
      rejections: state.rejections,
      unkept: state.unkept,
      refused,
      previousHash: this.#previousHash,
    });
    const place = { election: id, partition, sequence: this.#nextSequence };
    if ((await insertSegment(this.#options, place, bytes)) === "fenced") return "fenced";
    this.#advance(positionTo, bytes.subarray(bytes.length - hashBytes));
    this.#refused = [];
    for (const { position, reason } of refused) {
      const event = { election: id, partition, position, reason, publicReason: reason };
      this.#options.events.event("refused", event);
    }
    if (sealed) this.#options.events.event("sealed", { election: id, partition, positionTo });
    this.#publish();
    return "committed";
  }

  #publish(): void {
    const { counts, rejections, retriesAbsorbed, sealed } = this.#state;
    this.#options.committed({
      partition: this.#options.partition,
      sequence: this.#nextSequence - 1,
      position: this.#position,
      counts: [...counts],
      rejections: [...rejections],
      retriesAbsorbed,
      sealed,
    });
  }
}
