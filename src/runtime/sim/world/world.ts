import { VoteError } from "../../core/errors.js";
import type { SignatureCheck } from "../../keys/signing.js";
import type { MemoryStores } from "../../wiring/memory-engines.js";
import type { FaultPlan } from "../faults/fault-plan.js";
import type { Limits } from "../faults/limits.js";
import type { Network } from "../faults/network.js";
import type { Dice } from "../time/dice.js";
import type { Scheduler } from "../time/scheduler.js";
import type { Trace } from "../time/trace.js";

/** What everything in one simulation shares. */
export class World {
  /** What broke a promise, in words; the first names the cause. */
  readonly broken: string[] = [];
  /** How often the system was in states that are worth reaching. */
  readonly reached = new Map<string, number>();

  constructor(
    readonly scheduler: Scheduler,
    readonly dice: Dice,
    readonly trace: Trace,
    readonly faults: FaultPlan,
    readonly network: Network,
    readonly stores: MemoryStores,
    readonly isSigned: SignatureCheck,
    readonly pollMs: number,
    readonly limits: Limits,
  ) {}

  note(who: string, what: string): void {
    this.trace.note(this.scheduler.nowMs, who, what);
  }

  reach(state: string): void {
    this.reached.set(state, (this.reached.get(state) ?? 0) + 1);
  }

  /** @param promise as docs/promises.md has it */
  breaks(promise: string, what: string): void {
    const words = `${promise}: ${what}`;
    if (this.broken.includes(words)) return;
    this.broken.push(words);
    this.note("PROMISE BROKEN", words);
  }

  wordsFor(error: unknown): string {
    if (error instanceof VoteError) return `${error.code}: ${error.message}`;
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}
