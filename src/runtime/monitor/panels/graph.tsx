import { Box } from "ink";
import { formatCompact, formatCount, formatDuration } from "../../text/numbers.js";
import {
  type SeriesName,
  type SeriesPoint,
  type TimeScale,
  timeScale,
  valuesOf,
} from "../state/series.js";
import { plotRows, roundTop, timeAxis } from "../terminal/plot.js";
import { Inked, useGlyphs } from "../terminal/theme.js";
import { type PanelProps, Section } from "./labelled.js";

interface Strip {
  readonly name: SeriesName;
  readonly title: string;
  /** The upper edge is at least this high. */
  readonly least: number;
  readonly color: "green" | "cyan" | "yellow";
  readonly label: (value: number) => string;
}

const rate = (value: number) => `${value < 100_000 ? formatCount(value) : formatCompact(value)}/s`;

const strips: readonly Strip[] = [
  { name: "acknowledged", title: "Ballots in", least: 10, color: "green", label: rate },
  { name: "counted", title: "Counted", least: 10, color: "cyan", label: rate },
  {
    name: "behind",
    title: "Behind",
    least: 1,
    color: "yellow",
    label: (seconds) => formatDuration(seconds * 1_000),
  },
];

const titleWidth = 11;
const valueWidth = 9;
const highestStrip = 9;
/** Title, axis and its labels. */
const otherLines = 3;

/** With fewer lines, `Graph` draws nothing. */
const fewestGraphLines = otherLines + 2 * strips.length;

/** How many of these lines `Graph` takes. */
export function graphLines(maxLines: number): number {
  if (maxLines < fewestGraphLines) return 0;
  return otherLines + strips.length * rowsOf(maxLines);
}

function rowsOf(maxLines: number): number {
  return Math.min(highestStrip, Math.floor((maxLines - otherLines) / strips.length));
}

/** Ballots in, votes counted and the lag, one above the other on the same time axis. */
export function Graph({ state, width, maxLines }: PanelProps) {
  const glyphs = useGlyphs();
  const { series } = state;
  const rows = rowsOf(maxLines);
  if (rows < 2) return null;
  const indent = titleWidth + valueWidth + 2;
  const scale = timeScale(series, width - indent);
  const axis = timeAxis(scale, glyphs);
  const step = `a column is ${formatDuration(scale.stepMs)}, each rate the mean of 5 s`;
  return (
    <Section title="Over time" aside={step} width={width}>
      {strips.map((strip) => (
        <StripRows key={strip.name} strip={strip} series={series} scale={scale} rows={rows} />
      ))}
      <Box height={1}>
        <Inked dim>{`${" ".repeat(indent - 1)}${glyphs.axisCorner}${axis.rule}`}</Inked>
      </Box>
      <Box height={1}>
        <Inked dim>{`${" ".repeat(indent)}${axis.labels}`}</Inked>
      </Box>
    </Section>
  );
}

interface StripProps {
  readonly strip: Strip;
  readonly series: readonly SeriesPoint[];
  readonly scale: TimeScale;
  readonly rows: number;
}

function StripRows({ strip, series, scale, rows }: StripProps) {
  const glyphs = useGlyphs();
  const { name, title, least, color, label } = strip;
  const values = valuesOf(series, name, scale);
  const known = values.filter((value) => value !== undefined);
  const top = roundTop(Math.max(0, ...known), least);
  const edge = (row: number) => (row === 0 ? label(top) : row === rows - 1 ? "0" : "");
  return plotRows(values, rows, top, glyphs).map((drawn, row) => (
    <Box key={edge(row) || row} height={1}>
      <Inked bold>{(row === 0 ? title : "").padEnd(titleWidth)}</Inked>
      <Inked dim>{`${edge(row).padStart(valueWidth)} ${glyphs.axis}`}</Inked>
      <Inked color={color}>{drawn}</Inked>
    </Box>
  ));
}
