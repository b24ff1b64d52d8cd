import { describe, expect, it, onTestFinished } from "vitest";
import { createElection } from "../../../../src/runtime/core/election.js";
import {
  decodeSegment,
  encodeSegment,
  firstPreviousHash,
  type Segment,
} from "../../../../src/runtime/core/formats/segment.js";
import { compareView } from "../../../../src/runtime/load/reconcile/compare-view.js";
import { LoadFindings } from "../../../../src/runtime/load/reconcile/findings.js";
import type { PartitionView } from "../../../../src/runtime/view/port.js";
import { openEngine } from "../../../../src/runtime/wiring/engine.js";
import { identityOf, unbound } from "../../../helpers/data/identity.js";
import { temporaryDirectory } from "../../../helpers/temporary.js";

const candidates = ["soup", "salad", "cake"].map((id) => ({ id, name: id }));
const draft = { id: "lunch", title: "Lunch", partitions: 3, createdAt: 0 };
const election = createElection({ ...draft, ...identityOf("lunch"), candidates });

/** The last segment of a partition's chain. */
function endOf(partition: number, counts: number[], rejections = [0, 0, 0, 0]): Segment {
  const header = {
    ...unbound,
    ...{ election: "lunch", partition, sequence: 4, positionFrom: 10, positionTo: 20 },
    ...{ sealed: false, retriesAbsorbed: 0, previousHash: firstPreviousHash, counts, rejections },
    unkept: [0, 0, 0, 0],
  };
  return decodeSegment(encodeSegment(header, Buffer.alloc(0), Buffer.alloc(0)), "test");
}

const shownOf = (
  partition: number,
  counts: number[],
  rejections = [0, 0, 0, 0],
): PartitionView => ({
  ...{ partition, counts, rejections, sequence: 4, position: 20 },
  ...{ retriesAbsorbed: 0, sealed: false },
});

/** What a real view that shows this has to say of chains that end so. */
async function compare(shown: readonly PartitionView[], ends: readonly (Segment | undefined)[]) {
  const engine = await openEngine({ engine: "embedded", dataDir: await temporaryDirectory() });
  onTestFinished(() => engine.close());
  for (const partition of shown) await engine.view.set("lunch", partition);
  const findings = new LoadFindings();
  const { totals, agrees } = await compareView(engine.view, election, ends, findings);
  return { totals, agrees, details: findings.kept.map(({ detail }) => detail), findings };
}

describe("compareView", () => {
  it("agrees with a view that shows each chain's end, and adds it up", async () => {
    const { totals, agrees, details } = await compare(
      [shownOf(0, [5, 0, 1], [2, 0, 0, 0]), shownOf(2, [1, 1, 1], [0, 3, 0, 0])],
      [endOf(0, [5, 0, 1], [2, 0, 0, 0]), undefined, endOf(2, [1, 1, 1], [0, 3, 0, 0])],
    );
    expect({ agrees, details }).toEqual({ agrees: true, details: [] });
    expect(totals).toEqual({ counts: [6, 1, 2], rejections: [2, 3, 0, 0] });
  });

  it("names each total that differs, partition by partition", async () => {
    const { totals, agrees, details, findings } = await compare(
      [shownOf(0, [5, 0, 1]), shownOf(1, [7, 2, 0], [1, 0, 0]), shownOf(2, [0, 0, 1])],
      [endOf(0, [5, 0, 1]), endOf(1, [7, 3, 0], [0, 0, 0, 0]), endOf(2, [0, 0, 2])],
    );
    expect(agrees).toBe(false);
    expect(totals).toEqual({ counts: [12, 2, 2], rejections: [1, 0, 0, 0] });
    expect(details).toEqual([
      "partition 1, segment 4: the view shows 2 votes for salad, the ledger has 3, " +
        "shows 1 ballots already-voted, the ledger has 0",
      "partition 2, segment 4: the view shows 1 votes for cake, the ledger has 2",
    ]);
    expect(findings.kept).toMatchObject([
      { kind: "view-differs", partition: 1, sequence: 4 },
      { kind: "view-differs", partition: 2, sequence: 4 },
    ]);
  });

  it("takes a partition that only one side has for zeros on the other", async () => {
    const missing = await compare([], [endOf(0, [0, 4, 0]), undefined, undefined]);
    expect(missing.details).toEqual([
      "partition 0, segment 4: the view shows 0 votes for salad, the ledger has 4",
    ]);
    const invented = await compare([shownOf(1, [0, 0, 3])], [undefined, undefined, undefined]);
    expect(invented.details).toEqual([
      "partition 1, segment -1: the view shows 3 votes for cake, the ledger has 0",
    ]);
    const nothing = await compare([shownOf(1, [0, 0, 0, 0])], [undefined, undefined, undefined]);
    expect(nothing.agrees).toBe(true);
  });

  it("says nothing of findings that were there before", async () => {
    const engine = await openEngine({ engine: "embedded", dataDir: await temporaryDirectory() });
    onTestFinished(() => engine.close());
    const findings = new LoadFindings();
    findings.add("view-differs", () => ({ detail: "earlier" }));
    const ends = [undefined, undefined, undefined];
    expect((await compareView(engine.view, election, ends, findings)).agrees).toBe(true);
  });
});
