import { setTimeout as sleep } from "node:timers/promises";
import { VoteError } from "../core/errors.js";
import { closeElection } from "../elections/closing.js";
import { waitForSeals } from "../recount/wait-for-seals.js";
import type { Account } from "./audit/account.js";
import { audit } from "./audit/audit.js";
import { type FaultKind, votesGoOn } from "./faults/fault.js";
import { diceOf } from "./plan.js";
import { Phase } from "./scene/phase.js";
import { Scene } from "./scene/scene.js";
import type { Stage } from "./scene/stage.js";
import { NotInTime, wholeWithinMs } from "./scene/until.js";
import type { Injected } from "./totals.js";

/** Where a run is, as its next fault begins. */
export interface FaultProgress {
  /** From 1, over all elections. */
  readonly number: number;
  readonly kind: string;
  /** Acknowledged in this election so far. */
  readonly acknowledged: number;
  /** Since this election's votes began. */
  readonly elapsedMs: number;
}

export interface LifeOptions {
  readonly stage: Stage;
  /** Where everybody's files are. */
  readonly directory: string;
  /** The election's id, and the beginning of its tables' names. */
  readonly name: string;
  readonly seed: number;
  /** The faults it meets, in this order. */
  readonly order: readonly FaultKind[];
  /** The number of its first fault, from 0. */
  readonly first: number;
  readonly isOver: () => boolean;
  readonly onStep: (what: string) => void;
  readonly onFault: (progress: FaultProgress) => void;
}

/** What an election went through, and what is not as promised. */
export interface Life {
  readonly injected: readonly Injected[];
  readonly account: Pick<Account, "phases">;
  /** Each with the election and, where it is known, the fault. */
  readonly problems: readonly string[];
}

/** Opens an election, lets it meet faults while it is voted in, closes it, and checks all of it. */
export async function liveThrough(options: LifeOptions): Promise<Life> {
  const { stage, directory, name, seed, first, onStep } = options;
  const { services, proxies } = stage;
  const opening = { services, proxies, directory, name, seed: seed + first, tallies: 2 };
  const scene = await Scene.open(opening);
  const injected: Injected[] = [];
  let doing = "before the first fault";
  try {
    await suffer(options, scene, injected, (what) => {
      doing = what;
    });
    doing = "after the last fault";
    onStep(`Checking ${name}, ballot by ballot`);
    const { engine, election, crowd } = scene;
    await crowd.stop();
    await closeElection(engine, election.id);
    const { ledger, log } = engine;
    await waitForSeals({ election, ledger, log, timeoutMs: wholeWithinMs });
    const account = await audit(engine, election, crowd);
    const problems = account.problems.map((problem) => `${name}: ${problem}`);
    return { injected, account, problems };
  } catch (error) {
    if (!isStandstill(error)) throw error;
    const problems = [`${name}, ${doing}: ${error.message}`];
    return { injected: [], account: { phases: new Map() }, problems };
  } finally {
    await scene.close(true);
  }
}

/** What was hurt is whole again, and still does not go on. */
function isStandstill(error: unknown): error is Error {
  return error instanceof NotInTime || (error instanceof VoteError && error.code === "not-sealed");
}

/** One fault after the other, at moments drawn by the seed. */
async function suffer(
  { stage, seed, order, first, isOver, onFault }: LifeOptions,
  scene: Scene,
  injected: Injected[],
  onDoing: (what: string) => void,
): Promise<void> {
  const startedAt = performance.now();
  await votesGoOn(scene);
  for (const [index, kind] of order.entries()) {
    if (isOver()) return;
    const number = first + index + 1;
    const phase = new Phase();
    scene.crowd.enter(phase);
    onDoing(`fault ${number}, ${kind.name}`);
    const acknowledged = scene.crowd.acknowledged.size;
    const elapsedMs = performance.now() - startedAt;
    onFault({ number, kind: kind.name, acknowledged, elapsedMs });
    const dice = diceOf(seed, number);
    await sleep(dice.between(0, 300));
    const hits = await kind.inject({ scene, stage, dice });
    injected.push({ kind: kind.name, hits, phase });
  }
}
