import type { ElectionAdmin } from "../admin/election-admin.js";
import { type Election, hasEnded } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import type { KeyDirectory } from "../keys/key-directory.js";
import { Gremlin } from "./actors/gremlin.js";
import { Intruder } from "./actors/intruder.js";
import { Voters } from "./actors/voters.js";
import { type AdminRole, startAdminRole } from "./roles/admin-role.js";
import { startCertifierRole } from "./roles/certifier-role.js";
import { HostKeys } from "./roles/host-keys.js";
import { startIngestRole } from "./roles/ingest-role.js";
import { SupervisedRole } from "./roles/supervised.js";
import { startTallyRole, type TallyRole } from "./roles/tally-role.js";
import type { Dice } from "./time/dice.js";
import { epochMs } from "./time/virtual-process.js";
import type { World } from "./world/world.js";

/** What is drawn of an election before it begins. Times are since the simulation began. */
interface Plan {
  readonly partitions: number;
  readonly candidates: number;
  readonly opensAtMs: number;
  readonly closesAtMs: number;
  /** By schedule, or by hand. */
  readonly opensBySchedule: boolean;
  readonly closesBySchedule: boolean;
  /** When somebody wants to put the end off, and to when. */
  readonly extension: { readonly atMs: number; readonly toMs: number } | undefined;
  readonly secondHostAtMs: number;
}

/** One election from its creation to its certificate, and everybody who has to do with it. */
export class Story {
  readonly election = "vote";
  readonly faultsEndAtMs: number;
  readonly voters: Voters;
  readonly keys: KeyDirectory;
  readonly #world: World;
  readonly #dice: Dice;
  readonly #plan: Plan;
  readonly #gremlin: Gremlin;
  readonly #intruder: Intruder;
  readonly #admins: readonly SupervisedRole<AdminRole>[];
  readonly #tallies: readonly SupervisedRole<TallyRole>[];
  readonly #secondHost: HostKeys;
  /** The record as it was read last. */
  #read: { readonly json: string; readonly election: Election } | undefined;
  /** How many of a kind there are, at most. */
  readonly #roles: number;

  constructor(world: World) {
    const dice = world.dice.of("story");
    this.#world = world;
    this.#dice = dice;
    this.#plan = drawPlan(world, dice);
    const electionKeys = new Map<string, Buffer>();
    const hosts = [
      new HostKeys("host 1", world.dice, electionKeys),
      new HostKeys("host 2", world.dice, electionKeys),
    ] as const;
    const [first, second] = hosts;
    this.keys = first;
    this.#secondHost = second;
    const { roles: maxRoles = 3, voters: maxVoters = Number.POSITIVE_INFINITY } = world.limits;
    const some = (most: number) => {
      const length = Math.min(1 + dice.below(most), maxRoles);
      return Array.from({ length }, (_, index) => index + 1);
    };
    const keysOf = (index: number) => hosts[(index - 1) % 2];
    const ingests = some(3).map(
      (n) =>
        new SupervisedRole(world, { name: `ingest-${n}`, keys: keysOf(n), start: startIngestRole }),
    );
    this.#tallies = some(3).map(
      (n) =>
        new SupervisedRole(world, { name: `tally-${n}`, keys: keysOf(n), start: startTallyRole }),
    );
    this.#admins = some(2).map(
      (n) => new SupervisedRole(world, { name: `admin-${n}`, keys: first, start: startAdminRole }),
    );
    const certifiers = some(2).map(
      (n) =>
        new SupervisedRole(world, {
          name: `certifier-${n}`,
          keys: first,
          start: startCertifierRole,
        }),
    );
    const kinds = [ingests, this.#tallies, this.#admins, certifiers];
    const roles = kinds.flat();
    this.#roles = Math.max(...kinds.map(({ length }) => length));
    const { opensAtMs, closesAtMs, candidates } = this.#plan;
    this.voters = new Voters(world, {
      ...{ election: this.election, candidates, opensAtMs, closesAtMs, ingests },
      voters: Math.min(5 + dice.below(50), maxVoters),
    });
    this.#gremlin = new Gremlin(world, roles);
    const intruder = { election: () => this.#record, hostKey: first.keyNow("frames") };
    this.#intruder = new Intruder(world, intruder);
    this.faultsEndAtMs = closesAtMs + dice.between(0, 15_000);
    const begins = () => {
      world.faults.isOn = true;
    };
    world.scheduler.after(opensAtMs + dice.between(0, 1_000), begins);
    this.#direct();
    this.#watchForHalts();
  }

  /** Records of the log that nobody can read. */
  get garbage() {
    return this.#intruder.garbage;
  }

  /** The election as the registry shows it; its trail may be one change ahead. */
  get #record(): Election | undefined {
    const { tables } = this.#world.stores.content;
    const record = tables.items("registry", "election")[0]?.record;
    if (record === undefined || !("S" in record)) return undefined;
    if (this.#read?.json !== record.S) {
      this.#read = { json: record.S, election: JSON.parse(record.S) as Election };
    }
    return this.#read.election;
  }

  get size() {
    const { partitions, opensAtMs, closesAtMs } = this.#plan;
    const seconds = Math.ceil((closesAtMs - opensAtMs) / 1_000);
    return { voters: this.voters.count, roles: this.#roles, partitions, seconds };
  }

  /** Everybody has voted, and the result is official. */
  get isOver(): boolean {
    return this.voters.isDone && this.#record?.status === "certified";
  }

  /** What keeps it from being over. */
  get whatIsLeft(): string {
    const { log, tables } = this.#world.stores.content;
    const { status = "not created", partitions = 0, revision } = this.#record ?? {};
    const halted = this.#haltedPartitions();
    const ends = Array.from({ length: partitions }, (_, partition) => {
      const chain = tables.items("segments", `${this.election}#${partition}`).length;
      return `${log.records(this.election, partition).length} records, ${chain} segments`;
    });
    return `${status} at revision ${revision}, ${ends.join("; ")}; ${halted}`;
  }

  endFaults(): void {
    this.#gremlin.mend();
    this.#world.note("gremlin", "the faults end");
    this.#insist(
      "ended",
      () => this.#isClosing,
      (admin) => admin.close(this.election, "anna"),
    );
  }

  get #isClosing(): boolean {
    const record = this.#record;
    return record !== undefined && (hasEnded(record) || record.closesAt !== undefined);
  }

  #direct(): void {
    const { scheduler } = this.#world;
    const dice = this.#dice;
    const { opensAtMs, closesAtMs, opensBySchedule, closesBySchedule } = this.#plan;
    const by = "anna";
    const id = this.election;
    const schedule = {
      ...(opensBySchedule ? { opensAt: epochMs + Math.round(opensAtMs) } : {}),
      ...(closesBySchedule ? { closesAt: epochMs + Math.round(closesAtMs) } : {}),
    };
    const { partitions, extension, secondHostAtMs } = this.#plan;
    const candidates = Array.from({ length: this.#plan.candidates }, (_, n) => {
      return { id: `c${n}`, name: `Candidate ${n}` };
    });
    const request = { id, title: "Simulated", candidates, partitions, ...schedule };
    const exists = () => this.#record !== undefined;
    this.#insist("created", exists, (admin) => admin.create(request, by));
    const isOpen = () => this.#record !== undefined && this.#record.status !== "draft";
    if (!opensBySchedule) {
      scheduler.after(opensAtMs, () =>
        this.#insist("opened", isOpen, (admin) => admin.open(id, by)),
      );
    }
    scheduler.after(secondHostAtMs, () => this.#trustSecondHost());
    if (!closesBySchedule) {
      scheduler.after(closesAtMs - dice.between(1_500, 2_500), () =>
        this.#insist(
          "closed",
          () => this.#isClosing,
          (admin) => admin.close(id, by),
        ),
      );
    }
    if (extension === undefined) return;
    scheduler.after(extension.atMs, () => this.#extend(extension.toMs));
  }

  #trustSecondHost(): void {
    const { id, publicKey } = this.#secondHost.keyNow("frames");
    const admin = this.#secondHost.keyNow("admin");
    const trusts = (key: string) => () =>
      this.#record?.signers.some((signer) => signer.id === key) === true || this.isOver;
    const trust = (
      key: { readonly id: string; readonly publicKey: string },
      use: "frames" | "admin",
    ) =>
      this.#insist(`trusts ${use}`, trusts(key.id), (one) =>
        one.trust(this.election, { publicKey: key.publicKey, use }, "anna"),
      );
    trust({ id, publicKey }, "frames");
    trust(admin, "admin");
  }

  /** Once, whatever comes of it: it may be too late. */
  #extend(toMs: number): void {
    const closesAt = epochMs + Math.round(toMs);
    this.#ask("extended", async (admin) => {
      const { opensAt } = await admin.show(this.election);
      const times = { ...(opensAt === undefined ? {} : { opensAt }), closesAt };
      await admin.schedule(this.election, times, "anna");
      this.#world.reach("extended");
    });
  }

  #ask(what: string, act: (admin: ElectionAdmin) => Promise<unknown>): void {
    const world = this.#world;
    const role = this.#dice.pick(this.#admins);
    role.process.enter(() => {
      if (role.running === undefined) return;
      const { name } = role.process;
      act(role.running.admin).then(
        () => world.note(name, what),
        (error: unknown) => {
          if (!(error instanceof VoteError)) throw error;
          world.note(name, `${what}: ${world.wordsFor(error)}`);
        },
      );
    });
  }

  /** Asks an admin again and again until it is so. */
  #insist(
    what: string,
    isSo: () => boolean,
    act: (admin: ElectionAdmin) => Promise<unknown>,
  ): void {
    if (isSo()) return;
    this.#ask(what, act);
    const { scheduler } = this.#world;
    const dice = this.#dice;
    scheduler.after(dice.between(1_500, 5_000), () => this.#insist(what, isSo, act));
  }

  #haltedPartitions(): string {
    for (const { running, process } of this.#tallies) {
      if (!process.isRunning) continue;
      try {
        running?.requireReady();
      } catch (error) {
        if (!(error instanceof VoteError)) throw error;
        return error.message;
      }
    }
    return "";
  }

  /** An admin who sees a halt looks for the record that cannot be read, and voids it. */
  #watchForHalts(): void {
    const { scheduler } = this.#world;
    const dice = this.#dice;
    const halted = this.#haltedPartitions();
    if (halted !== "") {
      this.#world.reach("halt noticed");
      const [, partition, decided] =
        /partition (\d+) is decided up to position (\d+)/.exec(halted) ?? [];
      const next = this.#intruder.garbage.find(
        (one) => one.partition === Number(partition) && one.position >= Number(decided),
      );
      if (next !== undefined) {
        const place = { ...next, reason: "nobody can read it" };
        this.#ask(`voids ${next.partition}/${next.position}`, (admin) =>
          admin.voidRecord(this.election, place, "anna"),
        );
      }
    }
    scheduler.after(dice.between(1_000, 4_000), () => this.#watchForHalts());
  }
}

function drawPlan({ limits }: World, dice: Dice): Plan {
  const { partitions: maxPartitions = 4, seconds = 20 } = limits;
  const opensAtMs = dice.between(1_000, 4_000);
  const closesAtMs = opensAtMs + Math.min(dice.between(4_000, 20_000), seconds * 1_000);
  const extendsAtMs = closesAtMs + dice.between(-3_000, 4_000);
  const extension = { atMs: extendsAtMs, toMs: extendsAtMs + dice.between(1_000, 6_000) };
  return {
    partitions: Math.min(1 + dice.below(4), maxPartitions),
    candidates: 2 + dice.below(3),
    ...{ opensAtMs, closesAtMs },
    opensBySchedule: dice.happens(0.5),
    closesBySchedule: dice.happens(0.5),
    extension: dice.happens(0.4) ? extension : undefined,
    secondHostAtMs: dice.between(500, closesAtMs),
  };
}
