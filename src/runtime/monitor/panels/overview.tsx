import { Box } from "ink";
import { formatCount } from "../../text/numbers.js";
import { standingOf } from "../state/standing.js";
import { Events } from "./events.js";
import { Graph, graphLines } from "./graph.js";
import { HealthStrip, HealthTables, healthLines, healthStripLines } from "./health.js";
import { type PanelProps, Section } from "./labelled.js";
import { Partitions } from "./partitions.js";
import { Pipeline, shownPipeline } from "./pipeline.js";
import { Tallies } from "./tallies.js";

/** From this width on, pipeline and health, and events and partitions, stand side by side. */
const wideColumns = 112;
const healthShare = 0.39;
/** With fewer lines than this, the pipeline shows only what matters most. */
const roomyLines = 18;
const fewestEventLines = 3;
/** At most so many of the remaining lines are left to events and partitions. */
const linesBelowGraph = 11;
const partitionsWidth = 64;

/** Everything at a glance. Candidates come first; the lines that they leave go to the graph. */
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
  const graph = graphLines(
    left - Math.min(linesBelowGraph, Math.max(fewestEventLines, Math.floor(left / 3))),
  );
  return (
    <Box flexDirection="column">
      <TalliesSection state={state} width={width} maxLines={tallies} />
      {isWide ? (
        <PipelineAndHealth state={state} width={width} />
      ) : (
        <Box flexDirection="column">
          <Pipeline state={state} width={width} brief={brief} />
          {brief ? null : <HealthStrip state={state} width={width} />}
        </Box>
      )}
      {graph === 0 ? null : <Graph state={state} width={width} maxLines={graph} />}
      <EventsAndPartitions state={state} width={width} maxLines={left - graph} />
    </Box>
  );
}

function PipelineAndHealth({ state, width }: Omit<PanelProps, "maxLines">) {
  const health = Math.floor(width * healthShare);
  return (
    <Box>
      <Pipeline state={state} width={width - health - 2} />
      <Box width={2} />
      <HealthTables state={state} width={health} />
    </Box>
  );
}

function EventsAndPartitions({ state, width, maxLines }: PanelProps) {
  if (maxLines < fewestEventLines) return null;
  if (width < wideColumns) return <Events state={state} width={width} maxLines={maxLines} />;
  return (
    <Box>
      <Events state={state} width={width - partitionsWidth - 2} maxLines={maxLines} />
      <Box width={2} />
      <Partitions state={state} width={partitionsWidth} maxLines={maxLines} />
    </Box>
  );
}

/** The candidates under their title; nothing before the first result. */
export function TalliesSection({ state, width, maxLines }: PanelProps) {
  const { result, rates, interaction, snapshot } = state;
  if (result === undefined) return null;
  const standing = standingOf(result, snapshot);
  // Nothing is to be counted any more: a rate would only say so again.
  const isDone = ["awaiting-recount", "disputed", "certified"].includes(standing);
  const { sort, filter } = interaction;
  const order = sort === "ballot" ? "" : `by ${sort}, `;
  return (
    <Section title="Tallies" aside={`${order}${formatCount(result.counted)} counted`} width={width}>
      <Tallies
        rows={result.result}
        byCandidate={isDone ? {} : rates.byCandidate}
        width={width}
        maxLines={maxLines - 1}
        sort={sort}
        filter={filter}
      />
    </Section>
  );
}
