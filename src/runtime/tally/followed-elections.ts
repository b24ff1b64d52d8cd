import type { Election } from "../core/election.js";
import { decodeSegment } from "../core/formats/segment.js";
import type { Ledger } from "../ledger/port.js";
import type { Log, Topic } from "../log/port.js";
import type { Registry } from "../registry/port.js";

export interface FollowedElectionsOptions {
  readonly log: Log;
  readonly ledger: Ledger;
  readonly registry: Registry;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** How often a certified election is looked at. */
  readonly lookAtCertifiedMs: number;
}

/** For so long after its certificate an election may still get a ballot that was taken before. */
const followCertifiedMs = 3_600_000;

/**
 * Which elections a tally folds: those open or closed, and of those certified the ones that still
 * have something undecided. An ingest that was held up may append a ballot late; it too is decided,
 * as rejected. What is settled is not followed, so that no tally loads its chains for nothing.
 */
export class FollowedElections {
  readonly #options: FollowedElectionsOptions;
  readonly #looks = new Map<string, { readonly at: number; readonly undecided: boolean }>();

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
    const { now, lookAtCertifiedMs } = this.#options;
    const { id, status, certifiedAt = 0 } = election;
    if (status !== "certified") return status !== "draft";
    if (certifiedAt <= now() - followCertifiedMs) return false;
    const look = this.#looks.get(id);
    if (look !== undefined && now() - look.at < lookAtCertifiedMs) return look.undecided;
    const undecided = await this.#hasUndecided(election);
    this.#looks.set(id, { at: now(), undecided });
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
