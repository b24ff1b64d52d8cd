import type { DecisionDiff, Difference } from "../../../runtime/contracts/audit/decision-diff.js";
import { countedText, formatCount } from "../../../runtime/text/numbers.js";

/** What the two sides of a comparison are called. */
interface SideNames {
  readonly a: string;
  readonly b: string;
}

/** Renders what `vote audit diff` or `vote audit replay` has found. */
export function decisionDiffText(diff: DecisionDiff, names: SideNames): string {
  const { election, equal, decisions, partitions, kinds, differences } = diff;
  if (equal) {
    const all = countedText(decisions.a, "decision");
    const where = countedText(partitions, "partition");
    return `✓ Election ${election}: ${all} in ${where}, equal in ${names.a} and ${names.b}.`;
  }
  const all = Object.values(kinds).reduce((sum, count) => sum + count, 0);
  const kindsText = Object.entries(kinds).map(([kind, count]) => `${kind} ${formatCount(count)}`);
  const left = all - differences.length;
  return [
    `✗ Election ${election}: ${names.a} and ${names.b} differ.`,
    `  ${countedText(all, "difference")}: ${kindsText.join(", ")}`,
    `  ${formatCount(decisions.a)} decisions read of a, ${formatCount(decisions.b)} of b`,
    "",
    ...differences.flatMap((one) => [
      `  ${placeText(one)}: ${one.kind}`,
      `    a  ${one.a}`,
      `    b  ${one.b}`,
    ]),
    ...(left > 0 ? [`  … and ${formatCount(left)} more`] : []),
    "",
    `  a  ${names.a}`,
    `  b  ${names.b}`,
  ].join("\n");
}

function placeText({ partition, position, number, segment, ballotId }: Difference): string {
  return [
    `partition ${partition}`,
    ...(position === undefined ? [] : [`position ${position}`]),
    ...(segment === undefined ? [] : [`segment ${segment}`]),
    ...(number === undefined ? [] : [`decision ${number}`]),
    ...(ballotId === undefined ? [] : [`ballot ${ballotId}`]),
    ...(number !== undefined && position === undefined ? ["in no frame of the log"] : []),
  ].join(", ");
}
