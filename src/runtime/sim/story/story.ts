import { type Election, hasEnded } from "../../core/election.js";
import type { ErrorCode } from "../../core/errors.js";
import type { KeyDirectory } from "../../keys/key-directory.js";
import { Gremlin } from "../actors/gremlin.js";
import { Intruder } from "../actors/intruder.js";
import { Voters } from "../actors/voters.js";
import { segmentsOf } from "../promises/evidence.js";
import { startAdminRole } from "../roles/admin-role.js";
import { startCertifierRole } from "../roles/certifier-role.js";
import { HostKeys } from "../roles/host-keys.js";
import { startIngestRole } from "../roles/ingest-role.js";
import { SupervisedRole } from "../roles/supervised.js";
import { startTallyRole } from "../roles/tally-role.js";
import type { Dice } from "../time/dice.js";
import { epochMs } from "../time/virtual-process.js";
import type { World } from "../world/world.js";
import { AdminDesk } from "./admin-desk.js";
import { HaltWatch } from "./halt-watch.js";
import { drawPlan, type Plan } from "./plan.js";

/** What a certifier says of evidence that does not agree. */
const refusal: ErrorCode = "recount-mismatch";

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
  readonly #desk: AdminDesk;
  readonly #halts: HaltWatch;
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
    const tallies = some(3).map(
      (n) =>
        new SupervisedRole(world, { name: `tally-${n}`, keys: keysOf(n), start: startTallyRole }),
    );
    const admins = some(2).map(
      (n) => new SupervisedRole(world, { name: `admin-${n}`, keys: first, start: startAdminRole }),
    );
    this.#desk = new AdminDesk(world, dice, admins);
    const certifiers = some(2).map(
      (n) =>
        new SupervisedRole(world, {
          name: `certifier-${n}`,
          keys: first,
          start: startCertifierRole,
        }),
    );
    const kinds = [ingests, tallies, admins, certifiers];
    const roles = kinds.flat();
    this.#roles = Math.max(...kinds.map(({ length }) => length));
    const { opensAtMs, closesAtMs, candidates } = this.#plan;
    this.voters = new Voters(world, {
      ...{ election: this.election, candidates, opensAtMs, closesAtMs, ingests },
      voters: Math.min(5 + dice.below(50), maxVoters),
    });
    this.#gremlin = new Gremlin(world, { roles, ingests, closesAtMs });
    this.#intruder = new Intruder(world, {
      election: () => this.#record,
      hostKey: first.keyNow("frames"),
      decidedTo: (partition) =>
        segmentsOf(world.stores, this.election, partition).at(-1)?.positionTo ?? 0,
    });
    this.faultsEndAtMs = closesAtMs + dice.between(0, 15_000);
    const begins = () => {
      world.faults.isOn = true;
    };
    world.scheduler.after(opensAtMs + dice.between(0, 1_000), begins);
    this.#direct();
    this.#halts = new HaltWatch({
      ...{ world, dice, desk: this.#desk, tallies, election: this.election },
      garbage: () => this.garbage,
    });
  }

  /** Records of the log that nobody can read. */
  get garbage() {
    return this.#intruder.garbage;
  }

  /** Records of the log that are not what was decided. */
  get altered() {
    return this.#intruder.altered;
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

  /** Everybody has voted, and the result is official, or never will be. */
  get isOver(): boolean {
    const { altered } = this.#intruder;
    const isRefused = altered.length > 0 && this.#world.reached.has(`certifier: ${refusal}`);
    return this.voters.isDone && (isRefused || this.#record?.status === "certified");
  }

  /** What keeps it from being over. */
  get whatIsLeft(): string {
    const { log, tables } = this.#world.stores.content;
    const { status = "not created", partitions = 0, revision } = this.#record ?? {};
    const halted = this.#halts.halted;
    const ends = Array.from({ length: partitions }, (_, partition) => {
      const chain = tables.items("segments", `${this.election}#${partition}`).length;
      return `${log.records(this.election, partition).length} records, ${chain} segments`;
    });
    return `${status} at revision ${revision}, ${ends.join("; ")}; ${halted}`;
  }

  endFaults(): void {
    this.#gremlin.mend();
    this.#world.note("gremlin", "the faults end");
    this.#desk.insist(
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
    const { opensAtMs, closesAtMs, movedUpAtMs, opensBySchedule, closesBySchedule } = this.#plan;
    const by = "anna";
    const id = this.election;
    const firstEndMs = closesAtMs + (movedUpAtMs === undefined ? 0 : 8_000);
    const schedule = {
      ...(opensBySchedule ? { opensAt: epochMs + Math.round(opensAtMs) } : {}),
      ...(closesBySchedule ? { closesAt: epochMs + Math.round(firstEndMs) } : {}),
    };
    const { partitions, extension, secondHostAtMs } = this.#plan;
    const candidates = Array.from({ length: this.#plan.candidates }, (_, n) => {
      return { id: `c${n}`, name: `Candidate ${n}` };
    });
    const request = { id, title: "Simulated", candidates, partitions, ...schedule };
    const exists = () => this.#record !== undefined;
    this.#desk.insist("created", exists, (admin) => admin.create(request, by));
    const isOpen = () => this.#record !== undefined && this.#record.status !== "draft";
    if (!opensBySchedule) {
      scheduler.after(opensAtMs, () =>
        this.#desk.insist("opened", isOpen, (admin) => admin.open(id, by)),
      );
    }
    scheduler.after(secondHostAtMs, () => this.#trustSecondHost());
    if (!closesBySchedule) {
      scheduler.after(closesAtMs - dice.between(1_500, 2_500), () =>
        this.#desk.insist(
          "closed",
          () => this.#isClosing,
          (admin) => admin.close(id, by),
        ),
      );
    }
    if (closesBySchedule && movedUpAtMs !== undefined) {
      scheduler.after(movedUpAtMs, () => this.#schedule("moved up", closesAtMs));
    }
    if (extension === undefined) return;
    scheduler.after(extension.atMs, () => this.#schedule("extended", extension.toMs));
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
      this.#desk.insist(`trusts ${use}`, trusts(key.id), (one) =>
        one.trust(this.election, { publicKey: key.publicKey, use }, "anna"),
      );
    trust({ id, publicKey }, "frames");
    trust(admin, "admin");
  }

  /** Once, whatever comes of it: it may be too late. */
  #schedule(what: string, toMs: number): void {
    const closesAt = epochMs + Math.round(toMs);
    this.#desk.ask(what, async (admin) => {
      const { opensAt } = await admin.show(this.election);
      const times = { ...(opensAt === undefined ? {} : { opensAt }), closesAt };
      await admin.schedule(this.election, times, "anna");
      this.#world.reach(what);
    });
  }
}
