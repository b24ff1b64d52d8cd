import { Box } from "ink";
import { countedText, formatCount, formatPercent, formatRate } from "../../text/numbers.js";
import { oneLine } from "../../text/one-line.js";
import { passes, type SortOrder } from "../state/interaction.js";
import type { ResultLine } from "../state/snapshot.js";
import { bar } from "../terminal/glyphs.js";
import { Inked, useGlyphs } from "../terminal/theme.js";
import { Column, type PanelProps } from "./labelled.js";

interface TalliesProps extends Omit<PanelProps, "state"> {
  readonly rows: readonly ResultLine[];
  /** Counted votes per second by candidate id; unknown ones are left out. */
  readonly byCandidate: Readonly<Record<string, number>>;
  /** Default: the election's own. */
  readonly sort?: SortOrder;
  readonly filter?: string;
}

const votesWidth = 13;
const shareWidth = 8;
const deltaWidth = 12;
const widestName = 32;

/** The candidates with bars, votes, shares and votes per second. */
export function Tallies(props: TalliesProps) {
  const { rows, byCandidate, width, maxLines, sort = "ballot", filter = "" } = props;
  const glyphs = useGlyphs();
  const wanted = rows.filter(({ candidate, name }) => passes(filter, candidate, name));
  const { shown, left } = fitting(sorted(wanted, sort, byCandidate), maxLines, sort);
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
          <Column width={shareWidth} text={formatPercent(row.share)} />
          <Column width={deltaWidth} text={deltaOf(byCandidate[row.candidate])} dim />
        </Box>
      ))}
      {left === undefined ? null : <Inked dim>{`${glyphs.ellipsis} ${left}`}</Inked>}
    </Box>
  );
}

/** Empty if unknown: "+0/s" would claim that nobody votes. */
function deltaOf(perSecond: number | undefined): string {
  return perSecond === undefined ? "" : `+${formatRate(perSecond)}`;
}

function sorted(
  rows: readonly ResultLine[],
  sort: SortOrder,
  byCandidate: TalliesProps["byCandidate"],
): readonly ResultLine[] {
  const pace = (row: ResultLine) => byCandidate[row.candidate] ?? 0;
  switch (sort) {
    case "ballot":
      return rows;
    case "votes":
      return [...rows].sort((one, other) => other.votes - one.votes);
    case "votes/s":
      return [...rows].sort((one, other) => pace(other) - pace(one));
    case "name":
      return [...rows].sort((one, other) => one.name.localeCompare(other.name));
  }
}

/**
 * The election's order while all candidates fit, because lines that jump are hard to read; else
 * those with the most votes, and one line about the others.
 */
function fitting(rows: readonly ResultLine[], maxLines: number, sort: SortOrder) {
  if (rows.length <= maxLines) return { shown: rows, left: undefined };
  const byVotes = sort === "ballot" ? sorted(rows, "votes", {}) : rows;
  const lines = Math.max(0, maxLines - 1);
  const others = byVotes.slice(lines);
  const votes = others.reduce((sum, row) => sum + row.votes, 0);
  const left = `${formatCount(others.length)} more with ${countedText(votes, "vote")}`;
  return { shown: byVotes.slice(0, lines), left };
}
