import { clockErrorMs } from "../../core/limits.js";
import type { KeyDirectory } from "../../keys/key-directory.js";
import type { Chance } from "../../time/chance.js";
import { ClockCheck } from "../../time/clock-check.js";
import type { Engine } from "../../wiring/engine.js";
import { VirtualProcess } from "../time/virtual-process.js";
import type { World } from "../world/world.js";

/** What a role runs on: its process, and its own handles on the stores. */
export interface RoleScene {
  readonly world: World;
  readonly process: VirtualProcess;
  readonly engine: Engine;
  readonly chance: Chance;
}

/** A running role, of production's own classes. */
export interface RunningRole {
  stop(): Promise<void>;
}

export interface RoleOptions<R extends RunningRole> {
  readonly name: string;
  readonly keys: KeyDirectory;
  readonly start: (scene: RoleScene) => Promise<R>;
}

const restartAfterMs = 1_000;
/** Half the bound, the second that a store's time is true to, and half a second on the way. */
const provenErrorMs = 2_500;
/** Ballots are taken by a record that is no older. */
const provenWithinMs = 2_000;
const stopWithinMs = 15_000;

/** A role that is started again whenever its process has ended. */
export class SupervisedRole<R extends RunningRole = RunningRole> {
  readonly #world: World;
  readonly #options: RoleOptions<R>;
  #process: VirtualProcess;
  #starts = 0;
  #engine: Engine | undefined;
  /** The role itself, while it runs. */
  running: R | undefined;
  #clockErrorMs = 0;
  /** Since when its clock is as it is. */
  #clockSetAtMs = 0;

  constructor(world: World, options: RoleOptions<R>) {
    this.#world = world;
    this.#options = options;
    this.#process = this.#start();
  }

  get name(): string {
    return this.#options.name;
  }

  /** How far the clock of its machine is ahead. */
  get clockErrorMs(): number {
    return this.#clockErrorMs;
  }

  set clockErrorMs(ms: number) {
    this.#clockErrorMs = ms;
    this.#clockSetAtMs = this.#world.scheduler.nowMs;
  }

  /** Since when its clock is so wrong that it knows from its stores; undefined if it is not. */
  get provenWrongSinceMs(): number | undefined {
    const sinceMs = this.#clockSetAtMs;
    const isProven = this.#world.scheduler.nowMs - sinceMs > provenWithinMs;
    return isProven && Math.abs(this.#clockErrorMs) > provenErrorMs ? sinceMs : undefined;
  }

  get process(): VirtualProcess {
    return this.#process;
  }

  get engine(): Engine | undefined {
    return this.#engine;
  }

  #start(): VirtualProcess {
    const world = this.#world;
    const { keys, name, start } = this.#options;
    const id = `${name}.${++this.#starts}`;
    const process = new VirtualProcess(id, world.scheduler, () => this.clockErrorMs);
    const { clock } = process;
    const clocks = new ClockCheck(clockErrorMs.cluster, clock);
    const wire = world.network.wire(name, process, clocks);
    const engine = world.stores.open({ id, wire, clock, keys, clocks, pollMs: world.pollMs });
    const chance = world.dice.of(id);
    world.note(id, "starts");
    this.#engine = engine;
    process.enter(() => {
      start({ world, process, engine, chance }).then(
        (running) => {
          this.running = running;
        },
        (error: unknown) => {
          // What cannot start ends, and its supervisor starts it again.
          world.note(id, `cannot start: ${world.wordsFor(error)}`);
          this.#end(process);
          world.scheduler.after(restartAfterMs, () => this.#startAgain(process));
        },
      );
    });
    return process;
  }

  #startAgain(after: VirtualProcess): void {
    if (this.#process === after) this.#process = this.#start();
  }

  #end(process: VirtualProcess): void {
    process.kill();
    this.running = undefined;
    this.#engine = undefined;
  }

  /** Ends the process wherever it is; starts it again later. */
  crash(forMs: number): void {
    const process = this.#process;
    this.#world.note(process.name, "is killed");
    this.#end(process);
    this.#world.scheduler.after(forMs, () => this.#startAgain(process));
  }

  /** Asks it to stop, as a rolling restart does, and kills it if it takes too long. */
  restart(): void {
    const process = this.#process;
    const { running } = this;
    if (running === undefined) return;
    this.#world.note(process.name, "is asked to stop");
    const over = (): void => {
      if (this.#process !== process) return;
      this.#end(process);
      this.#process = this.#start();
    };
    process.enter(() => void running.stop().then(over, over));
    this.#world.scheduler.after(stopWithinMs, over);
  }
}
