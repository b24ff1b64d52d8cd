import { Box } from "ink";
import { formatCount, formatPercent } from "../../text/numbers.js";
import type { MonitorState } from "../state/reducer.js";
import { bar, sparkline } from "../terminal/glyphs.js";
import { Inked, useGlyphs } from "../terminal/theme.js";
import { Column, Labelled, labelWidth, type PanelProps, Section } from "./labelled.js";
import { Partitions } from "./partitions.js";
import { briefLabels, type PipelineLine, pipelineLines, reasonsOf } from "./pipeline-lines.js";

interface PipelineProps extends Omit<PanelProps, "maxLines"> {
  /** Only what matters most. */
  readonly brief?: boolean;
}

const valueWidth = 16;

/** The lines that `Pipeline` shows. */
export function shownPipeline(state: MonitorState, brief: boolean): readonly PipelineLine[] {
  const all = pipelineLines(state);
  return brief ? all.filter(({ label }) => briefLabels.includes(label)) : all;
}

/** The path of a vote, one line a step. */
export function Pipeline({ state, width, brief = false }: PipelineProps) {
  const glyphs = useGlyphs();
  const past = sparkline(state.history, width - labelWidth - valueWidth, glyphs);
  return (
    <Section title="Pipeline" width={width}>
      {shownPipeline(state, brief).map(({ label, value, facts, warning }) => (
        <Labelled key={label} label={label}>
          <Box width={label === "Digest" ? undefined : valueWidth} flexShrink={0}>
            <Inked bold color={warning ? "yellow" : undefined}>
              {warning ? `${glyphs.warning} ${value}` : value}
            </Inked>
          </Box>
          {label === "Votes" ? (
            <Inked color="green">{past}</Inked>
          ) : (
            <Inked>{facts.join(` ${glyphs.separator} `)}</Inked>
          )}
        </Labelled>
      ))}
    </Section>
  );
}

/** The whole pipeline: with the reasons of refusals and rejections, and each partition. */
export function PipelinePanel({ state, width, maxLines }: PanelProps) {
  const { result, snapshot } = state;
  const rejected = reasonsOf(result?.rejected ?? {});
  const refused = reasonsOf(snapshot?.ingest?.refused ?? {});
  const left = maxLines - 1 - shownPipeline(state, false).length;
  const reasons = Math.max(1, rejected.length, refused.length);
  // At most half for the reasons: operators come for the partitions.
  const reasonLines = Math.min(reasons, Math.max(1, Math.floor(left / 2) - 1));
  const half = Math.floor((width - 2) / 2);
  return (
    <Box flexDirection="column">
      <Pipeline state={state} width={width} />
      <Box>
        <Reasons title="Rejected by the tally" rows={rejected} width={half} lines={reasonLines} />
        <Box width={2} />
        <Reasons title="Refused by ingest" since rows={refused} width={half} lines={reasonLines} />
      </Box>
      <Partitions state={state} width={width} maxLines={left - reasonLines - 1} />
    </Box>
  );
}

interface ReasonsProps {
  readonly title: string;
  /** They are counted since the process started. */
  readonly since?: boolean;
  readonly rows: ReturnType<typeof reasonsOf>;
  readonly width: number;
  readonly lines: number;
}

const votesWidth = 12;
const shareWidth = 9;

function Reasons({ title, since = false, rows, width, lines }: ReasonsProps) {
  const glyphs = useGlyphs();
  const total = rows.reduce((sum, { votes }) => sum + votes, 0);
  const nameWidth = Math.min(24, width - votesWidth - shareWidth);
  const barWidth = Math.max(0, width - nameWidth - votesWidth - shareWidth - 1);
  return (
    <Section
      title={title}
      aside={`${formatCount(total)}${since ? " since start" : ""}`}
      width={width}
    >
      {rows.length === 0 ? <Inked dim>none</Inked> : null}
      {rows.slice(0, lines).map(({ reason, votes }) => (
        <Box key={reason} height={1}>
          <Column width={nameWidth} text={reason} left />
          <Column width={votesWidth} text={formatCount(votes)} />
          <Column width={shareWidth} text={formatPercent(votes / total)} dim />
          <Box marginLeft={1}>
            <Inked color="yellow">{bar(votes / total, barWidth, glyphs)}</Inked>
          </Box>
        </Box>
      ))}
    </Section>
  );
}
