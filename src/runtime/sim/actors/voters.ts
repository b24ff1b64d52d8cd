import { ballotBytes, readBallot } from "../../core/formats/ballot.js";
import { frameHeaderBytes, openFrame } from "../../core/formats/frame.js";
import type { BallotAnswer, IngestRole } from "../roles/ingest-role.js";
import type { SupervisedRole } from "../roles/supervised.js";
import type { Dice } from "../time/dice.js";
import type { World } from "../world/world.js";

/** A ballot as its voter sends it, perhaps more than once. */
export interface Vote {
  readonly voter: string;
  /** 32 hexadecimal digits. */
  readonly ballotId: string;
  /** The candidate's place. */
  readonly choice: number;
}

/** A ballot that an ingest has answered with 202. */
export interface Acknowledged extends Vote {
  readonly partition: number;
  readonly position: number;
  readonly by: string;
  readonly atMs: number;
}

export interface VotersOptions {
  readonly election: string;
  readonly candidates: number;
  readonly voters: number;
  readonly opensAtMs: number;
  readonly closesAtMs: number;
  readonly ingests: readonly SupervisedRole<IngestRole>[];
}

const maxTries = 12;
const worthAnotherTry = new Set([
  "log-unavailable",
  "ledger-unavailable",
  "overloaded",
  "clock-error",
  "unknown-election",
  "election-not-open",
  "untrusted-key",
]);

/** Voters with their clients: they send, wait, lose patience, and send again. */
export class Voters {
  readonly #world: World;
  readonly #options: VotersOptions;
  readonly votes: Vote[] = [];
  readonly acknowledged: Acknowledged[] = [];
  #unfinished = 0;

  constructor(world: World, options: VotersOptions) {
    this.#world = world;
    this.#options = options;
    for (let voter = 0; voter < options.voters; voter++) this.#plan(`voter-${voter}`);
  }

  get count(): number {
    return this.#options.voters;
  }

  /** Nobody waits for an answer, or will send anything more. */
  get isDone(): boolean {
    return this.#unfinished === 0;
  }

  #plan(voter: string): void {
    const { faults } = this.#world;
    const dice = this.#world.dice.of(voter);
    const ballots = faults.has("second vote") && dice.happens(0.3) ? 1 + dice.below(3) : 1;
    if (ballots > 1) faults.count("second vote");
    for (let ballot = 0; ballot < ballots; ballot++) {
      const choice = dice.below(this.#options.candidates);
      const vote = { voter, ballotId: dice.bytes(16).toString("hex"), choice };
      this.votes.push(vote);
      const times = faults.has("ballot sent twice") && dice.happens(0.3) ? 2 : 1;
      if (times > 1) faults.count("ballot sent twice");
      for (let time = 0; time < times; time++) {
        this.#unfinished++;
        this.#world.scheduler.after(this.#drawTime(dice), () => this.#send(vote, dice, 1));
      }
    }
  }

  /** Many come at the last moment, and some too late. */
  #drawTime(dice: Dice): number {
    const { opensAtMs, closesAtMs } = this.#options;
    if (dice.happens(0.35)) return closesAtMs + dice.between(-1_500, 1_500);
    return dice.between(opensAtMs - 300, closesAtMs);
  }

  #send(vote: Vote, dice: Dice, tries: number): void {
    const { scheduler } = this.#world;
    const ingest = dice.pick(this.#options.ingests);
    let isOver = false;
    const over = (answer: string) => {
      if (isOver) return;
      isOver = true;
      if (tries < maxTries && worthAnotherTry.has(answer)) {
        scheduler.after(dice.between(50, 3_000), () => this.#send(vote, dice, tries + 1));
      } else this.#unfinished--;
    };
    scheduler.after(dice.between(3_000, 12_000), () => over("log-unavailable"));
    scheduler.after(dice.between(0.1, 20), () =>
      ingest.process.enter(() => {
        const { running } = ingest;
        if (running === undefined) return;
        const fields = { choice: `c${vote.choice}`, ballotId: vote.ballotId };
        const by = ingest.process.name;
        const wrongSinceMs = ingest.provenWrongSinceMs;
        void running.take(this.#options.election, vote.voter, fields).then((answer) => {
          this.#answered(vote, by, answer);
          if (wrongSinceMs !== undefined && wrongSinceMs === ingest.provenWrongSinceMs) {
            this.#takenByWrongClock(by, answer);
          }
          scheduler.after(dice.between(0.1, 20), () =>
            over("refused" in answer ? answer.refused : "accepted"),
          );
        });
      }),
    );
  }

  #answered(vote: Vote, by: string, answer: BallotAnswer): void {
    const world = this.#world;
    if ("refused" in answer) {
      world.reach(`ingest: ${answer.refused}`);
      world.note(by, `${vote.ballotId} of ${vote.voter}: ${answer.refused}`);
      return;
    }
    const { partition, position } = answer;
    world.note(by, `${vote.ballotId} of ${vote.voter}: acknowledged at ${partition}/${position}`);
    this.acknowledged.push({ ...vote, partition, position, by, atMs: world.scheduler.nowMs });
    if (!this.#stands(vote, partition, position)) {
      const where = `partition ${partition}, position ${position}`;
      const what = `${vote.ballotId} was acknowledged by ${by} and is not at ${where}`;
      world.breaks("An acknowledged ballot is durable", what);
    }
  }

  /** A process whose clock is wrong, and that knows it, gathers no ballot into a frame. */
  #takenByWrongClock(by: string, answer: BallotAnswer): void {
    if ("refused" in answer && answer.refused !== "log-unavailable") return;
    const promise = "A process whose clock is wrong closes nothing and takes no ballot";
    const what = "refused" in answer ? answer.refused : "acknowledged";
    this.#world.breaks(promise, `${by} took a ballot: ${what}`);
  }

  #stands({ ballotId, choice }: Vote, partition: number, position: number): boolean {
    const { log } = this.#world.stores.content;
    const record = log.records(this.#options.election, partition)[position];
    if (record === undefined) return false;
    const { bytes, ballotCount } = openFrame(record, "record");
    for (let index = 0; index < ballotCount; index++) {
      const ballot = readBallot(bytes, frameHeaderBytes + index * ballotBytes);
      const isSame = Buffer.from(ballot.ballotId).toString("hex") === ballotId;
      if (isSame && ballot.choice === choice) return true;
    }
    return false;
  }
}
