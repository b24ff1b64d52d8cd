import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { loadFailure } from "../../src/cli/load-run.js";
import type { LoadFindingKind } from "../../src/runtime/contracts/load/load-finding.js";
import { tagOffset } from "../../src/runtime/core/formats/ballot.js";
import { alreadyVoted, counted, electionClosed } from "../../src/runtime/core/formats/decision.js";
import { type Draft, idOf, tampersWithOneCommit } from "../helpers/broken/broken-commits.js";
import { ignoresTheFence, overwrites } from "../helpers/broken/broken-fence.js";
import {
  acknowledgesWithoutAppending,
  dropsCloseMarker,
  dropsFrame,
  editsBallot,
} from "../helpers/broken/broken-log.js";
import {
  type Build,
  type BuildRun,
  candidates,
  type Planted,
  partitions,
  runBuild,
} from "../helpers/broken/broken-run.js";
import {
  closingMidway,
  damagesSegment,
  losesSegment,
  viewDrifts,
} from "../helpers/broken/broken-store.js";
import { choiceOffset } from "../helpers/data/ballots.js";

interface Defect {
  readonly name: string;
  /** With the defect, or the same parts without it. */
  readonly build: (armed: boolean) => Build;
  /** What each tampered ballot, or the place if there is none, must be called. */
  readonly kind: LoadFindingKind;
  /** All the others that may follow from it. */
  readonly follows?: readonly LoadFindingKind[];
  /** What the detail must say where no ballot can be named. */
  readonly says?: RegExp;
}

/** About 10^5 ballots; without retries, because one of them would bring a lost ballot back. */
const many = { durationSeconds: 1, votesPerSecond: 100_000, retryShare: 0 };
const withoutRetries = { retryShare: 0 };
const withoutSeconds = { secondVoteShare: 0 };
const overHttp = { ...withoutRetries, votesPerSecond: 20_000 };

/** Finds a decided ballot of a commit and changes it. */
function firstDecided(was: number, change: (draft: Draft, at: number) => void) {
  return (draft: Draft): string[] | undefined => {
    const at = draft.decided.findIndex(({ decision }) => decision === was);
    if (at === -1 || draft.segment.sequence < 1) return undefined;
    const id = idOf(draft.decided[at].ballot);
    change(draft, at);
    return [id];
  };
}

const decides = (was: number, becomes: number) =>
  firstDecided(was, ({ decided }, at) => {
    decided[at].decision = becomes;
  });

/** A frame that comes a second time, folded by a tally that remembers nothing. */
function foldsAgain({ segment, decided }: Draft): string[] | undefined {
  if (segment.sequence < 1 || decided.length < 2) return undefined;
  const again = decided.slice(0, 20);
  decided.push(...again.map(({ ballot }) => ({ ballot, decision: counted })));
  return again.map(({ ballot }) => idOf(ballot));
}

/** The ballot of a retry is counted where it comes again, in a later segment. */
function countsRetries(): (draft: Draft) => string[] | undefined {
  let earlier: Buffer | undefined;
  return (draft) => {
    const { segment, decided } = draft;
    if (earlier === undefined || segment.retriesAbsorbed === 0) {
      earlier ??= decided.find(({ decision }) => decision === counted)?.ballot;
      return undefined;
    }
    if (segment.partition !== earlier.readUInt32LE(tagOffset) % partitions) return undefined;
    decided.push({ ballot: earlier, decision: counted });
    draft.retries = -1;
    return [idOf(earlier)];
  };
}

function invents({ segment, decided }: Draft): string[] | undefined {
  if (segment.sequence < 1 || decided.length === 0) return undefined;
  const ballot = Buffer.from(decided[0].ballot);
  randomBytes(32).copy(ballot, 4);
  decided.push({ ballot, decision: counted });
  return [idOf(ballot)];
}

/** One voter's choice for another's: no total changes. */
function swapsChoices({ segment, decided }: Draft): string[] | undefined {
  const ofChoice = (choice: number) =>
    decided.find(
      ({ ballot, decision }) =>
        decision === counted && ballot.readUInt16LE(choiceOffset) === choice,
    );
  const [one, other] = [ofChoice(0), ofChoice(1)];
  if (segment.sequence < 1 || one === undefined || other === undefined) return undefined;
  one.ballot.writeUInt16LE(1, choiceOffset);
  other.ballot.writeUInt16LE(0, choiceOffset);
  return [idOf(one.ballot), idOf(other.ballot)];
}

function stuffsTotals({ segment, stuffed }: Draft): string[] | undefined {
  if (segment.sequence !== 1) return undefined;
  stuffed[1] = 1_000;
  return [];
}

function cutsTheChain(draft: Draft): string[] | undefined {
  if (draft.segment.sequence !== 1) return undefined;
  draft.previousHash = randomBytes(32);
  return [];
}

const nextChoice = (ballot: Buffer) =>
  ballot.writeUInt16LE((ballot.readUInt16LE(choiceOffset) + 1) % candidates, choiceOffset);
/** Not its first word, which leads to the partition. */
const otherTag = (ballot: Buffer) => {
  ballot[tagOffset + 9] ^= 1;
};

const defects: readonly Defect[] = [
  {
    name: "a frame lost between log and tally, one in 10^5 ballots",
    build: (armed) => ({ ...dropsFrame(armed), scenario: many }),
    kind: "lost",
    // A second vote whose first is lost is counted.
    follows: ["wrong-decision"],
  },
  {
    name: "a frame acknowledged and never appended",
    build: (armed) => ({ ...acknowledgesWithoutAppending(armed), scenario: many }),
    kind: "lost",
    follows: ["wrong-decision"],
  },
  {
    name: "a frame that the ingest acknowledged over HTTP and never appended",
    build: (armed) => ({
      ...acknowledgesWithoutAppending(armed),
      via: "http-batch",
      scenario: overHttp,
    }),
    kind: "lost",
    follows: ["wrong-decision"],
  },
  {
    name: "a second vote counted",
    build: (armed) => tampersWithOneCommit(armed, decides(alreadyVoted, counted)),
    kind: "counted-twice",
  },
  {
    name: "a retry counted again",
    build: (armed) => tampersWithOneCommit(armed, countsRetries()),
    kind: "decided-twice",
    follows: ["totals-differ"],
  },
  {
    name: "a frame folded twice, the second time from a fresh state",
    build: (armed) => tampersWithOneCommit(armed, foldsAgain),
    kind: "decided-twice",
  },
  {
    name: "a fence ignored: the loser goes on as if its insert had succeeded",
    build: ignoresTheFence,
    kind: "decided-twice",
    says: /segment \d+, ballot \d+ \(id [0-9a-f]{32}\) is in the ledger a second time/,
  },
  {
    name: "a fence ignored: the loser's segment replaces the winner's",
    build: overwrites,
    kind: "lost",
    says: /ballot [0-9a-f]{32} was acknowledged at partition \d, position \d+ and is in no segm/,
  },
  {
    name: "a choice altered between log and tally",
    build: (armed) => editsBallot(armed, nextChoice),
    kind: "wrong-choice",
  },
  {
    name: "two voters' choices swapped, every total as before",
    build: (armed) => tampersWithOneCommit(armed, swapsChoices),
    kind: "wrong-choice",
  },
  {
    name: "a voter's tag altered",
    build: (armed) => ({ ...editsBallot(armed, otherTag), scenario: withoutRetries }),
    kind: "wrong-voter",
    // The voter is another one now: the second vote is a first.
    follows: ["counted-twice"],
  },
  {
    name: "a voter's tag altered, of a ballot that came over HTTP",
    build: (armed) => ({
      ...editsBallot(armed, otherTag),
      via: "http-batch",
      scenario: overHttp,
    }),
    kind: "wrong-voter",
    follows: ["counted-twice"],
  },
  {
    name: "an invented ballot",
    build: (armed) => tampersWithOneCommit(armed, invents),
    kind: "invented",
  },
  {
    name: "a first vote rejected",
    build: (armed) => tampersWithOneCommit(armed, decides(counted, alreadyVoted)),
    kind: "wrong-decision",
  },
  {
    name: "totals with votes that no ballot stands for",
    build: (armed) => tampersWithOneCommit(armed, stuffsTotals),
    kind: "recount-differs",
    says: /^wrong-totals: .*partition \d, segment 1: \d+ votes for c1 so far, but the ballots make/,
  },
  {
    name: "a chain that does not hold",
    build: (armed) => tampersWithOneCommit(armed, cutsTheChain),
    kind: "recount-differs",
    says: /^broken-chain: .*partition \d, segment 1: the previous segment has a different hash/,
  },
  {
    name: "a segment lost from the middle of a chain",
    build: (armed) => losesSegment(armed, "middle"),
    kind: "lost",
    follows: ["segment-missing"],
  },
  {
    name: "a segment lost from a chain's end",
    build: (armed) => losesSegment(armed, "last"),
    kind: "lost",
    follows: ["view-differs", "totals-differ"],
  },
  {
    name: "a bit of a segment turned in the store",
    build: damagesSegment,
    kind: "segment-damaged",
    // Nothing behind the damage is evidence any more.
    follows: ["lost", "view-differs", "totals-differ"],
    says: /partition 1, segment 1: the hash does not match the content/,
  },
  {
    name: "a view that drifts from the ledger",
    build: viewDrifts,
    kind: "view-differs",
    says: /^partition 3, segment \d+: the view shows \d+ votes for c0, the ledger has \d+, shows/,
  },
  {
    name: "a ballot behind the close marker counted",
    build: (armed) => ({
      ...closingMidway(tampersWithOneCommit(armed, decides(electionClosed, counted))),
      scenario: withoutSeconds,
    }),
    kind: "decided-after-close",
  },
  {
    name: "a close marker that the tally never saw",
    build: (armed) => closingMidway(dropsCloseMarker(armed)),
    kind: "recount-differs",
    says: /^outside-hours: .*partition 1, segment \d+, ballot \d+.* received at 20.* but ballots/,
  },
];

/** The finding that names a tampered ballot, with the place that the defect knows. */
function expectNamed(run: BuildRun, kind: LoadFindingKind, planted: Planted): void {
  const found = run.findings.filter((finding) => finding.kind === kind);
  const { partition, position, sequence, ballotIds } = planted;
  const place = kind === "lost" ? { partition, position } : { partition, sequence };
  const known = Object.entries(place).filter(([, value]) => value !== undefined);
  expect(found.map(({ ballotId }) => ballotId).sort()).toEqual([...ballotIds].sort());
  for (const finding of found) {
    expect(finding).toMatchObject(Object.fromEntries(known));
    expect(finding.detail).toContain(finding.ballotId);
    expect(finding.detail).toMatch(/partition \d.*(segment|position) \d+/);
    if (kind === "lost") expect(finding.acknowledgedAt).toBeGreaterThan(0);
    else expect(finding.receivedAt).toBeGreaterThan(0);
  }
}

describe("a broken build is caught, and what it did is named", { timeout: 180_000 }, () => {
  it.each(defects)("$name", async ({ build, kind, follows = [], says }) => {
    const sound = build(false);
    const healthy = await runBuild(sound);
    expect(healthy.record).toMatchObject({ verdict: "pass", reconciled: true, findings: [] });
    expect(healthy.record).not.toHaveProperty("findingsFile");
    expect(loadFailure(healthy.record)).toBeUndefined();
    expect(sound.planted()).toBeUndefined();

    const broken = build(true);
    const run = await runBuild(broken);
    const planted = broken.planted();
    if (planted === undefined) throw new Error("nothing was broken");
    expect(run.record).toMatchObject({ verdict: "fail", reconciled: false });
    expect(loadFailure(run.record)).toBe("recount-mismatch");
    expect(run.findings).toHaveLength(run.record.findingCount);
    const others = new Set(run.findings.map((finding) => finding.kind));
    for (const one of [kind, ...follows, "recount-differs"] as const) others.delete(one);
    expect([...others]).toEqual([]);
    if (planted.ballotIds.length > 0) expectNamed(run, kind, planted);
    else {
      const here = run.findings.filter(({ partition }) => partition === planted.partition);
      const named = here.filter((one) => one.kind === kind && says?.test(one.detail));
      expect(named).not.toEqual([]);
    }
  });
});
