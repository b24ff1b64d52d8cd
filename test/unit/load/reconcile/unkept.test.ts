import { expect, it } from "vitest";
import { LoadFindings } from "../../../../src/runtime/load/reconcile/findings.js";
import { emptyTotals } from "../../../../src/runtime/load/reconcile/totals.js";
import { hasUnkept, UnkeptBallots } from "../../../../src/runtime/load/reconcile/unkept.js";

/** Partition 2 counts `inChain` of them, and the run has sent `own`, and again `sentAgain`. */
function settled(inChain: number, own: number, sentAgain = 0, mayBeForeign = false) {
  const unkept = new UnkeptBallots();
  const chain = { partition: 2, unkept: [0, inChain, 0, 0] } as never;
  unkept.addChain(chain, mayBeForeign);
  for (let one = 0; one < own; one++) unkept.addOwn(2);
  const foreign = emptyTotals(1);
  const findings = new LoadFindings();
  const kept = emptyTotals(1);
  unkept.settle({ own: kept, foreign }, findings, sentAgain);
  const kinds = findings.kept.map(({ kind }) => kind);
  const others = foreign.rejections.reduce((sum, more) => sum + more, 0);
  const ours = kept.rejections.reduce((sum, more) => sum + more, 0);
  return { kinds, ours, others, repeated: unkept.repeated };
}

it("takes as many as the run has sent, and names any more and any fewer", () => {
  expect(settled(5, 5)).toEqual({ kinds: [], ours: 5, others: 0, repeated: 0 });
  expect(settled(4, 5).kinds).toEqual(["lost"]);
  expect(settled(0, 1).kinds).toEqual(["lost"]);
  expect(settled(6, 5).kinds).toEqual(["invented"]);
});

it("takes each repetition of one for another, and what may be others' for theirs", () => {
  expect(settled(7, 5, 2)).toEqual({ kinds: [], ours: 5, others: 0, repeated: 2 });
  expect(settled(8, 5, 2).kinds).toEqual(["invented"]);
  expect(settled(8, 5, 0, true)).toEqual({ kinds: [], ours: 5, others: 3, repeated: 0 });
  expect(settled(4, 5, 0, true).kinds).toEqual(["lost"]);
});

it("begins once the segments have 16 of a bot's, and with no other voter's", () => {
  expect([15, 16, 17].map((count) => hasUnkept(Uint32Array.of(0, count), 1))).toEqual([
    false,
    true,
    true,
  ]);
  expect(hasUnkept(new Uint32Array(0), 0)).toBe(false);
});
