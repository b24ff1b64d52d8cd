import type { Election } from "../../core/election.js";
import { ballotBytes } from "../../core/formats/ballot.js";
import { instanceOf } from "../../core/formats/definition.js";
import {
  addSignature,
  allocateFrame,
  ballotsFrame,
  closeMarker,
  frameHeaderBytes,
  openFrame,
  sealFrame,
  signedPart,
} from "../../core/formats/frame.js";
import { whyMisplaced } from "../../core/formats/refusal.js";
import { signerOf } from "../../core/signers.js";
import { isFrameSignedBy } from "../../keys/frame-signature.js";
import type { SigningKey } from "../../keys/signing.js";
import type { FaultKind } from "../faults/fault-plan.js";
import { virtualKey } from "../roles/host-keys.js";
import type { Dice } from "../time/dice.js";
import type { World } from "../world/world.js";

/** A record of the log that nobody can read. */
export interface Garbage {
  readonly partition: number;
  readonly position: number;
}

interface IntruderOptions {
  readonly election: () => Election | undefined;
  /** The key of a host that the election trusts: it signs for other elections, too. */
  readonly hostKey: SigningKey;
  /** Up to where a partition is decided. */
  readonly decidedTo: (partition: number) => number;
}

/** Somebody who may write to the log, and has no key that the election trusts. */
export class Intruder {
  readonly #world: World;
  readonly #dice: Dice;
  readonly #options: IntruderOptions;
  readonly #acts: readonly (readonly [FaultKind, (election: Election) => Promise<void>])[];
  readonly #ownKey: SigningKey;
  readonly garbage: Garbage[] = [];
  /** Good records that were altered after they had been decided. */
  readonly altered: Garbage[] = [];
  /** Ballots of voters who never voted, in hexadecimal. */
  readonly forged = new Set<string>();

  constructor(world: World, options: IntruderOptions) {
    this.#world = world;
    this.#dice = world.dice.of("intruder");
    this.#options = options;
    this.#ownKey = virtualKey("intruder");
    this.#acts = (
      [
        ["garbage in the log", async (election) => this.#litter(election)],
        [
          "forged ballots",
          (election) => this.#forgeBallots(election, this.#claimed(election, "frames")),
        ],
        ["forged close marker", (election) => this.#forgeMarker(election)],
        ["foreign frame", (election) => this.#bringForeign(election)],
        ["replayed frame", async (election) => this.#replay(election)],
        ["altered record", (election) => this.#alter(election)],
      ] as const satisfies readonly (readonly [FaultKind, (one: Election) => Promise<void>])[]
    ).filter(([kind]) => world.faults.has(kind));
    if (this.#acts.length > 0) this.#turn();
  }

  #turn(): void {
    const { scheduler, faults } = this.#world;
    const dice = this.#dice;
    scheduler.after(dice.between(200, 6_000), () => {
      this.#turn();
      if (!faults.isOn) return;
      const election = this.#options.election();
      const [kind, act] = dice.pick(this.#acts);
      if (election?.status !== "open" && election?.status !== "closed") return;
      faults.count(kind);
      this.#world.note("intruder", kind);
      void act(election);
    });
  }

  #append(election: Election, partition: number, bytes: Buffer): number {
    return this.#world.stores.content.log.put(election.id, partition, bytes);
  }

  #litter(election: Election): void {
    const { stores } = this.#world;
    const dice = this.#dice;
    const partition = dice.below(election.partitions);
    const record = stores.content.log.records(election.id, partition).at(-1);
    const cut = record?.subarray(0, dice.below(record.length));
    const bytes = Buffer.from(cut ?? dice.bytes(dice.below(300)));
    this.garbage.push({ partition, position: this.#append(election, partition, bytes) });
  }

  /** The id of a key that the election trusts, or of none. */
  #claimed({ signers }: Election, use: "frames" | "admin"): Buffer {
    const trusted = signers.filter((signer) => signer.use === use);
    const dice = this.#dice;
    return dice.happens(0.5) ? this.#ownKey.idBytes : Buffer.from(dice.pick(trusted).id, "hex");
  }

  async #forgeBallots(
    election: Election,
    keyId: Buffer,
    key = this.#ownKey,
    instance = instanceOf(election),
  ): Promise<void> {
    const dice = this.#dice;
    const count = 1 + dice.below(3);
    const buffer = allocateFrame(count);
    const partition = dice.below(election.partitions);
    for (let index = 0; index < count; index++) {
      const ballot = dice.bytes(ballotBytes);
      // A voter of this partition, in time, with a candidate there is.
      ballot.writeUInt32LE(partition + election.partitions * dice.below(1_000), 0);
      ballot.writeUIntLE((election.openedAt ?? 0) + 100, 32, 6);
      ballot.writeUInt16LE(0, 38);
      ballot.copy(buffer, frameHeaderBytes + index * ballotBytes);
      this.forged.add(ballot.toString("hex", 16, 32));
    }
    const producer = { producerId: dice.bytes(16), producerSequence: 1, keyId };
    const home = { kind: ballotsFrame, election: election.id, partition, instance } as const;
    const frame = sealFrame(buffer, { ...home, ...producer }, count);
    addSignature(frame, await key.sign(signedPart(frame)));
    this.#append(election, partition, frame);
  }

  async #forgeMarker(election: Election): Promise<void> {
    const dice = this.#dice;
    const partition = dice.below(election.partitions);
    const producer = { producerId: dice.bytes(16), producerSequence: 1 };
    const keyId = this.#claimed(election, "admin");
    const home = { election: election.id, instance: instanceOf(election), partition };
    const marker = closeMarker({ ...home, ...producer, keyId });
    addSignature(marker, await this.#ownKey.sign(signedPart(marker)));
    this.#append(election, partition, marker);
  }

  /** A good frame of another partition, or one of a rehearsal under the same id. */
  async #bringForeign(election: Election): Promise<void> {
    const { stores } = this.#world;
    const dice = this.#dice;
    const { hostKey } = this.#options;
    if (dice.happens(0.5)) {
      await this.#forgeBallots(election, hostKey.idBytes, hostKey, dice.bytes(16));
      return;
    }
    const from = dice.below(election.partitions);
    const to = dice.below(election.partitions);
    const record = stores.content.log.records(election.id, from).at(-1);
    if (from !== to && record !== undefined && !this.#isGarbage(from, record)) {
      this.#append(election, to, record);
    }
  }

  #replay(election: Election): void {
    const { stores } = this.#world;
    const dice = this.#dice;
    const partition = dice.below(election.partitions);
    const records = stores.content.log.records(election.id, partition);
    if (records.length === 0) return;
    const record = dice.pick(records);
    if (!this.#isGarbage(partition, record)) this.#append(election, partition, record);
  }

  /** Damages a signature of what is decided, and behind which more is: only a recount will see. */
  async #alter(election: Election): Promise<void> {
    const { stores } = this.#world;
    const dice = this.#dice;
    const partition = dice.below(election.partitions);
    const decided = this.#options.decidedTo(partition);
    const records = stores.content.log.topics.get(election.id)?.get(partition);
    if (
      this.altered.length > 0 ||
      election.status !== "open" ||
      records === undefined ||
      decided < 2
    )
      return;
    const position = dice.below(decided - 1);
    const altered = Buffer.from(records[position]);
    if (this.#isGarbage(partition, records[position])) return;
    const frame = openFrame(altered, "record");
    const home = { election: election.id, partition, instance: instanceOf(election) };
    const signer = signerOf(election.signers, Buffer.from(frame.keyId).toString("hex"), "frames");
    if (signer === undefined || whyMisplaced(frame, home) !== undefined) return;
    if (!(await isFrameSignedBy(frame, signer.publicKey, this.#world.isSigned))) return;
    addSignature(altered, dice.bytes(64));
    records[position] = altered;
    this.altered.push({ partition, position });
    this.#world.reach("intruder: record altered");
  }

  #isGarbage(partition: number, record: Buffer): boolean {
    const { log } = this.#world.stores.content;
    const id = this.#options.election()?.id ?? "";
    return this.garbage.some(
      (one) => one.partition === partition && log.records(id, partition)[one.position] === record,
    );
  }
}
