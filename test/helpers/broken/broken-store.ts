import { ballotBytes, readBallot } from "../../../src/runtime/core/formats/ballot.js";
import { frameHeaderBytes } from "../../../src/runtime/core/formats/frame.js";
import { decodeSegment } from "../../../src/runtime/core/formats/segment.js";
import { closeElection } from "../../../src/runtime/elections/closing.js";
import { requireElection } from "../../../src/runtime/elections/elections.js";
import type { Ledger } from "../../../src/runtime/ledger/port.js";
import { SkippingClock } from "../test-clock.js";
import { idOf } from "./broken-commits.js";
import { type Build, ledgerWith, logWith, type Planted, viewWith } from "./broken-run.js";

/** A ledger that has lost one committed segment of partition 1. */
export function losesSegment(armed: boolean, which: "middle" | "last"): Build {
  let planted: Planted | undefined;
  const losing = (ledger: Ledger): Ledger =>
    ledgerWith(ledger, {
      async *read(election, partition, from) {
        const chain: Uint8Array[] = [];
        for await (const bytes of ledger.read(election, partition, from)) chain.push(bytes);
        const lost = which === "last" ? chain.length - 1 : chain.length >> 1;
        for (const [at, bytes] of chain.entries()) {
          if (!armed || partition !== 1 || at !== lost) yield bytes;
          else planted ??= { partition, sequence: from + at, ballotIds: ballotIdsIn(bytes) };
        }
      },
    });
  return {
    evidence: (engine) => ({ ...engine, ledger: losing(engine.ledger) }),
    planted: () => planted,
  };
}

/** A ledger in which one bit of a committed segment has turned, with all behind it of no worth. */
export function damagesSegment(armed: boolean): Build {
  let planted: Planted | undefined;
  const damaging = (ledger: Ledger): Ledger =>
    ledgerWith(ledger, {
      async *read(election, partition, from) {
        let sequence = from;
        for await (const bytes of ledger.read(election, partition, from)) {
          const isIt = armed && partition === 1 && sequence === 1;
          if (isIt) planted ??= { partition, sequence, ballotIds: [] };
          yield isIt ? withOneBitTurned(bytes) : bytes;
          sequence++;
        }
      },
    });
  return {
    evidence: (engine) => ({ ...engine, ledger: damaging(engine.ledger) }),
    planted: () => planted,
  };
}

function withOneBitTurned(bytes: Uint8Array): Uint8Array {
  const turned = Uint8Array.from(bytes);
  turned[turned.length >> 1] ^= 4;
  return turned;
}

function ballotIdsIn(bytes: Uint8Array): string[] {
  const { ballots, ballotCount } = decodeSegment(bytes, "a lost segment");
  return Array.from({ length: ballotCount }, (_, at) =>
    idOf(ballots.subarray(at * ballotBytes, (at + 1) * ballotBytes)),
  );
}

/** A view that shows one partition's candidates one vote too many and one too few. */
export function viewDrifts(armed: boolean): Build {
  let planted: Planted | undefined;
  return {
    tallies: [
      (engine) => ({
        ...engine,
        view: viewWith(engine.view, (election, figures) => {
          const { partition, sequence } = figures;
          if (!armed || partition !== 3 || sequence < 0) return engine.view.set(election, figures);
          planted = { ballotIds: [], partition, sequence };
          const counts = figures.counts.map((votes, at) => votes + ([1, -1][at] ?? 0));
          return engine.view.set(election, { ...figures, counts });
        }),
      }),
    ],
    planted: () => planted,
  };
}

/**
 * Closes the election in the middle of the votes, at the very moment of its end: ballots that are
 * received from then on, by somebody who does not look at the time, stand behind the markers.
 */
export function closingMidway(build: Build): Build {
  return {
    ...build,
    appender: (engine, election) => {
      const before: Promise<number[]>[] = [];
      let lastAt = Number.POSITIVE_INFINITY;
      let closed: Promise<unknown> | undefined;
      const close = async (closesAt: number) => {
        await Promise.all(before);
        const open = await requireElection(engine, election.id);
        await engine.registry.replace({ ...open, closesAt, revision: open.revision + 1 });
        await closeElection(engine, election.id, { clock: new SkippingClock(closesAt) });
      };
      return logWith(engine.log, {
        async append(frames) {
          const { receivedAt } = readBallot(Buffer.from(frames[0].bytes), frameHeaderBytes);
          if (closed === undefined && before.length >= 3 && receivedAt > lastAt) {
            closed = close(receivedAt);
          }
          lastAt = receivedAt;
          await closed;
          const append = engine.log.append(frames);
          if (closed === undefined) before.push(append);
          return append;
        },
      });
    },
  };
}
