import type { StreamOutcome } from "../measure/outcome.js";
import { blockWords } from "../plan/ballot-plan.js";
import { forgeryOf } from "../send/http/forgery.js";
import type { LoadFindings } from "./findings.js";
import type { CheckedStream } from "./segment-checker.js";

const blockBallots = 4_096;

/**
 * Finds every forged ballot of a stream that was acknowledged or decided, and totals of refusals
 * that are lower, for a code, than the number of ballots that had to be refused with it.
 *
 * @param closed the election was closed, which may be why the ballots were refused
 */
export function checkForged(
  { spec, account }: Pick<StreamOutcome, "spec" | "account">,
  { decided, name }: Pick<CheckedStream, "decided" | "name">,
  closed: boolean,
  findings: LoadFindings,
): void {
  const { via } = spec;
  if (spec.forgedShare === 0 || via === "log") return;
  const { plan, acknowledgedBallots, refusedBallots } = account;
  const expected = new Map<string, number>();
  for (let from = 0; from < account.sent; from += blockBallots) {
    const blocks = new Int32Array(Math.min(blockBallots, account.sent - from) * blockWords);
    for (let at = 0; at < blocks.length; at += blockWords) blocks[at] = from + at / blockWords;
    const ids = plan.idsOf(blocks);
    for (let at = 0; at < ids.length; at += blockWords) {
      if (!plan.drawsForged(ids, at)) continue;
      const index = from + at / blockWords;
      const [kind, code] = forgeryOf(via, plan.forgeryDraw(ids, at));
      if (refusedBallots.has(index)) expected.set(code, (expected.get(code) ?? 0) + 1);
      if (!acknowledgedBallots.has(index) && !decided.has(index)) continue;
      findings.add("forged-accepted", () => {
        const ballotId = plan.idOf(index).toString("hex");
        const was = acknowledgedBallots.has(index) ? "acknowledged" : "decided";
        const detail = `ballot ${ballotId} is forged (${kind}) and was ${was}`;
        return { detail, ballotId, stream: name, index };
      });
    }
  }
  if (closed) return;
  for (const [code, count] of expected) {
    const refused = account.refusals.get(code) ?? 0;
    if (refused >= count) continue;
    const detail = `stream ${name}: ${count} forged ballots are ${code}, but ${refused} refusals`;
    findings.add("totals-differ", () => ({ detail }));
  }
}
