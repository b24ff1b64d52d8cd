import { ballotBytes, ballotIdOffset, idBytes } from "../../../src/runtime/core/formats/ballot.js";
import { hashBytes } from "../../../src/runtime/core/formats/bytes.js";
import { counted, reasonCount } from "../../../src/runtime/core/formats/decision.js";
import {
  decodeSegment,
  encodeSegment,
  firstPreviousHash,
  type Segment,
} from "../../../src/runtime/core/formats/segment.js";
import type { Ledger } from "../../../src/runtime/ledger/port.js";
import type { PartitionView, View } from "../../../src/runtime/view/port.js";
import { type Build, candidates, ledgerWith, type Planted, viewWith } from "./broken-run.js";

/** One decided ballot of a segment, free to be changed. */
export interface Decided {
  readonly ballot: Buffer;
  decision: number;
}

/** What the broken tally is about to commit. */
export interface Draft {
  readonly segment: Segment;
  readonly decided: Decided[];
  /** Votes that are added to the totals without a ballot, by candidate. */
  readonly stuffed: number[];
  /** Added to the retries absorbed. */
  retries: number;
  /** Goes into the segment in the place of the previous one's hash. */
  previousHash: Buffer;
}

/** @returns the ids of the ballots that were tampered with; undefined to leave the draft alone */
export type Tamper = (draft: Draft) => readonly string[] | undefined;

export function idOf(ballot: Buffer): string {
  return ballot.toString("hex", ballotIdOffset, ballotIdOffset + idBytes);
}

interface ChainState {
  previousHash: Buffer;
  readonly counts: number[];
  readonly rejections: number[];
  retries: number;
  readonly figures: Map<number, Pick<PartitionView, "counts" | "rejections" | "retriesAbsorbed">>;
}

/**
 * A tally with another fold than ours, seen from outside: one commit is tampered with, and all that
 * follows from it (totals, hashes, chain, view) is consistent, as a wrong build would make it.
 */
export function tampersWithOneCommit(armed: boolean, tamper: Tamper): Build {
  let planted: Planted | undefined;
  const commits = new TamperedCommits((draft) => {
    const { partition, sequence } = draft.segment;
    const ballotIds = armed && planted === undefined ? tamper(draft) : undefined;
    if (ballotIds !== undefined) planted = { ballotIds, partition, sequence };
  });
  return {
    tallies: [
      (engine) => ({
        ...engine,
        ledger: commits.ledger(engine.ledger),
        view: commits.view(engine.view),
      }),
    ],
    planted: () => planted,
  };
}

class TamperedCommits {
  readonly #tamper: (draft: Draft) => void;
  readonly #chains = new Map<number, ChainState>();

  constructor(tamper: (draft: Draft) => void) {
    this.#tamper = tamper;
  }

  ledger(ledger: Ledger): Ledger {
    return ledgerWith(ledger, {
      append: (place, bytes) => {
        const segment = decodeSegment(bytes, "a broken tally");
        return ledger.append(place, this.#rewritten(segment, this.#chain(place.partition)));
      },
    });
  }

  view(view: View): View {
    return viewWith(view, (election, figures) => {
      const tampered = this.#chain(figures.partition).figures.get(figures.sequence);
      return view.set(election, { ...figures, ...tampered });
    });
  }

  #chain(partition: number): ChainState {
    let chain = this.#chains.get(partition);
    if (chain === undefined) {
      chain = {
        previousHash: firstPreviousHash,
        counts: new Array<number>(candidates).fill(0),
        rejections: new Array<number>(reasonCount).fill(0),
        retries: 0,
        figures: new Map(),
      };
      this.#chains.set(partition, chain);
    }
    return chain;
  }

  #rewritten(segment: Segment, chain: ChainState): Buffer {
    const draft: Draft = {
      segment,
      decided: [...segment.decisions].map((decision, at) => ({
        ballot: Buffer.from(segment.ballots.subarray(at * ballotBytes, (at + 1) * ballotBytes)),
        decision,
      })),
      stuffed: new Array<number>(candidates).fill(0),
      retries: 0,
      previousHash: chain.previousHash,
    };
    this.#tamper(draft);
    for (const { ballot, decision } of draft.decided) {
      if (decision === counted) chain.counts[ballot.readUInt16LE(ballotBytes - 2)]++;
      else chain.rejections[decision - 1]++;
    }
    draft.stuffed.forEach((votes, candidate) => {
      chain.counts[candidate] += votes;
    });
    chain.retries += draft.retries;
    const figures = {
      counts: [...chain.counts],
      rejections: [...chain.rejections],
      retriesAbsorbed: segment.retriesAbsorbed + chain.retries,
    };
    const bytes = encodeSegment(
      { ...segment, ...figures, previousHash: draft.previousHash },
      Buffer.concat(draft.decided.map(({ ballot }) => ballot)),
      Uint8Array.from(draft.decided, ({ decision }) => decision),
    );
    chain.previousHash = Buffer.from(bytes.subarray(bytes.length - hashBytes));
    chain.figures.set(segment.sequence, figures);
    return bytes;
  }
}
