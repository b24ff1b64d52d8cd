import type { Election } from "../core/election.js";
import { decodeSegment } from "../core/formats/segment.js";
import type { Ledger } from "../ledger/port.js";
import type { Log, Topic } from "../log/port.js";
import type { Registry } from "../registry/port.js";

interface FollowedElectionsOptions {
  readonly log: Log;
  readonly ledger: Ledger;
  readonly registry: Registry;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** How often certified elections are checked for late ballots. */
  readonly checkCertifiedEveryMs: number;
}

/** How long after certification a ballot accepted earlier may still arrive. */
const followCertifiedMs = 3_600_000;

/**
 * Chooses the elections that a tally folds: those open or closed, and certified ones that still
 * have undecided ballots. A slow ingest may append a ballot late, and it too gets its decision, a
 * rejection. Settled elections are left out, so that no tally loads their chains for nothing.
 */
export class FollowedElections {
  readonly #options: FollowedElectionsOptions;
  readonly #checks = new Map<string, { readonly at: number; readonly undecided: boolean }>();

  constructor(options: FollowedElectionsOptions) {
    this.#options = options;
  }

  async topics(): Promise<Topic[]> {
    const followed: Topic[] = [];
    for (const election of await this.#options.registry.list()) {
      if (!(await this.#isFollowed(election))) continue;
      followed.push({ election: election.id, partitions: election.partitions });
    }
    return followed;
  }

  async #isFollowed(election: Election): Promise<boolean> {
    const { now, checkCertifiedEveryMs } = this.#options;
    const { id, status, certifiedAt = 0 } = election;
    if (status !== "certified") return status !== "draft";
    if (certifiedAt <= now() - followCertifiedMs) return false;
    const last = this.#checks.get(id);
    if (last !== undefined && now() - last.at < checkCertifiedEveryMs) return last.undecided;
    const undecided = await this.#hasUndecided(election);
    this.#checks.set(id, { at: now(), undecided });
    return undecided;
  }

  async #hasUndecided({ id, partitions }: Election): Promise<boolean> {
    const { log, ledger } = this.#options;
    for (let partition = 0; partition < partitions; partition++) {
      const last = await ledger.last(id, partition);
      const place = `election ${id}, partition ${partition}, last segment`;
      const decidedTo = last === undefined ? 0 : decodeSegment(last, place).positionTo;
      if ((await log.end(id, partition)) > decidedTo) return true;
    }
    return false;
  }
}
