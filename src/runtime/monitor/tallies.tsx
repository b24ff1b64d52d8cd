import { Box } from "ink";
import { bar, formatCount, formatRate, formatShare, oneLine } from "./format.js";
import type { TallyRow } from "./snapshot.js";
import { Inked, useGlyphs } from "./theme.js";

export interface TalliesProps {
  readonly rows: readonly TallyRow[];
  /** Counted votes per second by candidate id; left out where unknown. */
  readonly byCandidate: Readonly<Record<string, number>>;
  readonly width: number;
  /** Lines to use at most, one for those left out included. */
  readonly maxLines: number;
}

const votesWidth = 13;
const shareWidth = 8;
const deltaWidth = 12;
const widestName = 32;

/** Candidates with bars, numbers, shares and votes per second. */
export function Tallies({ rows, byCandidate, width, maxLines }: TalliesProps) {
  const glyphs = useGlyphs();
  const { shown, left } = fitting(rows, maxLines);
  const longest = Math.max(9, ...shown.map((row) => oneLine(row.name).length));
  const fixed = votesWidth + shareWidth + deltaWidth;
  const nameWidth = Math.min(longest, widestName, Math.floor((width - fixed) / 2));
  const barWidth = Math.max(0, width - fixed - nameWidth - 2);
  const leader = Math.max(1, ...rows.map((row) => row.votes));
  return (
    <Box flexDirection="column" width={width}>
      {shown.map((row) => (
        <Box key={row.candidate} height={1}>
          <Box width={nameWidth}>
            <Inked bold={row.votes === leader}>{oneLine(row.name)}</Inked>
          </Box>
          <Box width={barWidth + 2} paddingX={1}>
            <Inked color="blue">{bar(row.share, barWidth, glyphs)}</Inked>
          </Box>
          <Column width={votesWidth} text={formatCount(row.votes)} />
          <Column width={shareWidth} text={formatShare(row.share)} />
          <Column width={deltaWidth} text={deltaOf(byCandidate[row.candidate])} dim />
        </Box>
      ))}
      {left === undefined ? null : <Inked dim>{`${glyphs.ellipsis} ${left}`}</Inked>}
    </Box>
  );
}

interface ColumnProps {
  readonly width: number;
  readonly text: string;
  readonly dim?: boolean;
}

function Column({ width, text, dim }: ColumnProps) {
  return (
    <Box width={width} justifyContent="flex-end">
      <Inked dim={dim}>{text}</Inked>
    </Box>
  );
}

/** Nothing where it is not known: "+0/s" would claim that nobody votes. */
function deltaOf(perSecond: number | undefined): string {
  return perSecond === undefined ? "" : `+${formatRate(perSecond)}`;
}

/**
 * In the election's order while all fit, because lines that jump are hard to read; else those with
 * the most votes and one line about the others.
 */
function fitting(rows: readonly TallyRow[], maxLines: number) {
  if (rows.length <= maxLines) return { shown: rows, left: undefined };
  const byVotes = [...rows].sort((one, other) => other.votes - one.votes);
  const lines = Math.max(0, maxLines - 1);
  const others = byVotes.slice(lines);
  const votes = others.reduce((sum, row) => sum + row.votes, 0);
  const left = `${formatCount(others.length)} more with ${formatCount(votes)} votes`;
  return { shown: byVotes.slice(0, lines), left };
}
