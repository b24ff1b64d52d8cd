import { type ErrorCode, VoteError } from "../../core/errors.js";
import type { ClockCheck } from "../../time/clock-check.js";
import type { Wire } from "../../time/wire.js";
import type { Dice } from "../time/dice.js";
import type { Scheduler } from "../time/scheduler.js";
import type { Trace } from "../time/trace.js";
import { epochMs, type VirtualProcess } from "../time/virtual-process.js";
import type { CallFault, FaultPlan } from "./fault-plan.js";

/** What a role reaches over the network. Ledger and registry are tables of one store. */
export const stores = ["log", "tables", "view"] as const;
export type StoreName = (typeof stores)[number];

interface NetworkParts {
  readonly scheduler: Scheduler;
  readonly dice: Dice;
  readonly faults: FaultPlan;
  readonly trace: Trace;
}

/** When a call's attempts reach the store, and what its caller hears when. */
interface Course {
  /** Milliseconds from now; empty if nothing arrives. */
  readonly arrivals: readonly number[];
  readonly answerAfterMs: number;
  readonly isLost: boolean;
}

const errorCodes: Record<StoreName, ErrorCode> = {
  log: "log-unavailable",
  tables: "ledger-unavailable",
  view: "view-unavailable",
};
/** How long a request and an answer take, at least and at most. */
const latencyMs: Record<StoreName, readonly [number, number]> = {
  log: [0.3, 8],
  tables: [1, 12],
  view: [0.2, 2],
};

/** Carries the calls of all roles to the stores, with all that can go wrong on the way. */
export class Network {
  readonly #parts: NetworkParts;
  /** Stores that nobody reaches, roles that reach none, and `ROLE/STORE` for one of both. */
  readonly cuts = new Set<string>();
  /** Named alike: how much longer each of these calls takes, there and back. */
  readonly slow = new Map<string, readonly [thereMs: number, backMs: number]>();
  /** The log takes nothing more. */
  isDiskFull = false;

  constructor(parts: NetworkParts) {
    this.#parts = parts;
  }

  /** @param role whose process this is: it keeps its name when it starts again */
  wire(role: string, process: VirtualProcess, clocks: ClockCheck): Wire {
    const dice = this.#parts.dice.of(`calls of ${process.name}`);
    return <T>(operation: string, apply: (attempt: number) => T) => {
      const store = storeOf(operation);
      const fault = this.#draw(dice, role, store, operation);
      const course = this.#slowed(courseOf(dice, store, operation, fault), role, store);
      return this.#travel({ process, clocks, store, operation, course, fault, apply });
    };
  }

  #slowed({ arrivals, answerAfterMs, isLost }: Course, role: string, store: StoreName): Course {
    const place = placesOf(role, store).find((one) => this.slow.has(one)) ?? "";
    const [thereMs, backMs] = this.slow.get(place) ?? [0, 0];
    return {
      arrivals: arrivals.map((ms) => ms + thereMs),
      answerAfterMs: answerAfterMs + thereMs + backMs,
      isLost,
    };
  }

  #draw(dice: Dice, role: string, store: StoreName, operation: string): CallFault | undefined {
    const { faults } = this.#parts;
    const drawn = faults.draw(dice);
    const isCut = placesOf(role, store).some((place) => this.cuts.has(place));
    if (isCut) return dice.pick(["lost request", "lost request", "no answer"]);
    if (this.isDiskFull && operation === "log.append") return "lost request";
    if (drawn === undefined) return undefined;
    const effect = isPlain(operation) ? plainFault(operation, drawn) : drawn;
    if (effect !== undefined) faults.count(effect);
    return effect;
  }

  #travel<T>(call: {
    readonly process: VirtualProcess;
    readonly clocks: ClockCheck;
    readonly store: StoreName;
    readonly operation: string;
    readonly course: Course;
    readonly fault: CallFault | undefined;
    readonly apply: (attempt: number) => T;
  }): Promise<T> {
    const { process, clocks, store, operation, course, fault, apply } = call;
    const { scheduler, trace } = this.#parts;
    const askedAt = process.clock.wallClock();
    return new Promise((resolve, reject) => {
      let outcome: { readonly value: T } | { readonly error: unknown } | undefined;
      let storeTimeMs = 0;
      for (const [index, ms] of course.arrivals.entries()) {
        scheduler.after(ms, () => {
          outcome = attempt(() => apply(index + 1));
          storeTimeMs = Math.floor((epochMs + scheduler.nowMs) / 1_000) * 1_000;
          const what = `${operation}${fault === undefined ? "" : ` (${fault})`}`;
          trace.note(scheduler.nowMs, process.name, `${what}: ${wordsFor(outcome)}`);
        });
      }
      const settle = () => {
        if (course.isLost || outcome === undefined) {
          reject(new VoteError(errorCodes[store], `${operation}: no answer in the simulation.`));
          return;
        }
        if (store === "tables" && course.arrivals.length === 1) {
          const answeredAt = process.clock.wallClock();
          clocks.learn({ askedAt, answeredAt, from: storeTimeMs, to: storeTimeMs + 1_000 });
        }
        if ("error" in outcome) reject(outcome.error);
        else resolve(outcome.value);
      };
      scheduler.after(course.answerAfterMs, () => process.enter(settle));
    });
  }
}

function courseOf(
  dice: Dice,
  store: StoreName,
  operation: string,
  fault: CallFault | undefined,
): Course {
  const [least, most] = latencyMs[store];
  const there = dice.between(least, most);
  const back = dice.between(least, most);
  const failsAfterMs = dice.between(20, 5_000);
  const sound = { arrivals: [there], answerAfterMs: there + back, isLost: false };
  switch (fault) {
    case undefined:
      return sound;
    case "slow answer": {
      const slow = there + dice.between(100, 3_000);
      return { arrivals: [slow], answerAfterMs: slow + dice.between(0, 3_000), isLost: false };
    }
    case "lost request":
      return { arrivals: [], answerAfterMs: failsAfterMs, isLost: true };
    case "lost answer":
      return { arrivals: [there], answerAfterMs: there + failsAfterMs, isLost: true };
    case "late request": {
      const late = failsAfterMs + dice.between(0, 15_000);
      return { arrivals: [late], answerAfterMs: failsAfterMs, isLost: true };
    }
    case "doubled request": {
      const again = there + dice.between(1, 2_000);
      return { arrivals: [there, again], answerAfterMs: again + back, isLost: false };
    }
    case "no answer": {
      const arrivals = operation.endsWith("lease") || dice.happens(0.5) ? [] : [there];
      return { arrivals, answerAfterMs: dice.between(5_000, 20_000), isLost: true };
    }
  }
}

const placesOf = (role: string, store: StoreName) => [store, role, `${role}/${store}`];

function storeOf(operation: string): StoreName {
  const [first] = operation.split(".");
  return first === "log" || first === "view" ? first : "tables";
}

/** Calls that change nothing, or are no request over a network: late or doubled means nothing. */
const isPlain = (operation: string) => !/\.(put|append|set|replace)$/.test(operation);

function plainFault(operation: string, drawn: CallFault): CallFault | undefined {
  if (operation === "log.lease" && drawn === "lost answer") return "lost request";
  if (drawn === "doubled request") return undefined;
  return drawn === "late request" ? "lost request" : drawn;
}

function attempt<T>(apply: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: apply() };
  } catch (error) {
    return { error };
  }
}

function wordsFor(outcome: { readonly value: unknown } | { readonly error: unknown }): string {
  if ("error" in outcome) return outcome.error instanceof VoteError ? outcome.error.code : "failed";
  const { value } = outcome;
  if (Array.isArray(value)) return `${value.length}`;
  return typeof value === "object" || value === undefined ? "done" : String(value);
}
