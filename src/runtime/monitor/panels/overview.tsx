import { Box } from "ink";
import { formatCount } from "../../text/numbers.js";
import { Events } from "./events.js";
import { HealthStrip, HealthTables, healthLines, healthStripLines } from "./health.js";
import { type PanelProps, Section } from "./labelled.js";
import { Partitions, partitionLines } from "./partitions.js";
import { Pipeline, shownPipeline } from "./pipeline.js";
import { Tallies } from "./tallies.js";

/** From this width on, pipeline and health stand side by side. */
const wideColumns = 112;
const healthShare = 0.4;
/** With this many lines left, the partitions are shown too. */
const linesForPartitions = 10;
/** With fewer lines than this, the pipeline shows only what matters most. */
const roomyLines = 18;
const fewestEventLines = 3;

/** Everything at a glance. Candidates come first; the lines that they leave go to the events. */
export function Overview({ state, width, maxLines }: PanelProps) {
  const isWide = width >= wideColumns && maxLines >= roomyLines;
  const brief = maxLines < roomyLines;
  const pipeline = 1 + shownPipeline(state, brief).length;
  const below = isWide
    ? Math.max(pipeline, healthLines(state))
    : pipeline + (brief ? 0 : healthStripLines);
  const candidates = state.result?.result.length ?? 0;
  const tallies = state.result === undefined ? 0 : Math.min(candidates + 1, maxLines - below);
  const left = maxLines - below - tallies;
  const partitions = isWide && left >= linesForPartitions ? partitionLines(state, left - 5) : 0;
  const events = left - partitions;
  const health = Math.floor(width * healthShare);
  return (
    <Box flexDirection="column">
      <TalliesSection state={state} width={width} maxLines={tallies} />
      {isWide ? (
        <Box>
          <Pipeline state={state} width={width - health - 2} />
          <Box width={2} />
          <HealthTables state={state} width={health} />
        </Box>
      ) : (
        <Box flexDirection="column">
          <Pipeline state={state} width={width} brief={brief} />
          {brief ? null : <HealthStrip state={state} width={width} />}
        </Box>
      )}
      {partitions === 0 ? null : <Partitions state={state} width={width} maxLines={partitions} />}
      {events < fewestEventLines ? null : <Events state={state} width={width} maxLines={events} />}
    </Box>
  );
}

/** The candidates under their title; nothing before the first result. */
export function TalliesSection({ state, width, maxLines }: PanelProps) {
  const { result, rates, interaction } = state;
  if (result === undefined) return null;
  const { sort, filter } = interaction;
  const order = sort === "ballot" ? "" : `by ${sort}, `;
  return (
    <Section title="Tallies" aside={`${order}${formatCount(result.counted)} counted`} width={width}>
      <Tallies
        rows={result.result}
        byCandidate={rates.byCandidate}
        width={width}
        maxLines={maxLines - 1}
        sort={sort}
        filter={filter}
      />
    </Section>
  );
}
