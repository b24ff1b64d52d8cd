import { Box } from "ink";
import type { ReactNode } from "react";
import { formatTime } from "../../text/moment.js";
import { formatDuration } from "../../text/numbers.js";
import { oneLine } from "../../text/one-line.js";
import { Elections } from "../panels/elections.js";
import { EventsPanel } from "../panels/events.js";
import { HealthPanel } from "../panels/health.js";
import { type PanelProps, Status } from "../panels/labelled.js";
import { Overview, TalliesSection } from "../panels/overview.js";
import { PipelinePanel } from "../panels/pipeline.js";
import { type PanelName, panels } from "../state/interaction.js";
import type { MonitorState } from "../state/reducer.js";
import { standingOf } from "../state/standing.js";
import type { Size } from "../terminal/terminal-size.js";
import { Inked } from "../terminal/theme.js";
import { Banner, bannerLines } from "./banner.js";
import { Help } from "./help.js";

const smallestSize: Size = { columns: 60, rows: 15 };

interface MonitorViewProps {
  readonly state: MonitorState;
  readonly size: Size;
}

/**
 * One frame of at most `rows - 1` lines: ink ends it with a new line, which must not scroll.
 */
export function MonitorView({ state, size }: MonitorViewProps) {
  if (size.columns < smallestSize.columns || size.rows < smallestSize.rows) {
    return <TooSmall size={size} />;
  }
  const { Content } = panelViews[state.interaction.panel];
  const width = size.columns - 2;
  const top = 2 + bannerLines(state, size.rows);
  const maxLines = size.rows - 1 - top - footerLines(state);
  return (
    <Box flexDirection="column" width={size.columns} height={size.rows - 1} overflow="hidden">
      <Header state={state} />
      <Tabs state={state} />
      <Banner state={state} size={size} />
      <Box paddingX={1} height={maxLines} overflow="hidden">
        {state.help ? <Help /> : <Content state={state} width={width} maxLines={maxLines} />}
      </Box>
      <Footer state={state} />
    </Box>
  );
}

function TooSmall({ size }: { readonly size: Size }) {
  const needed = `${smallestSize.columns}x${smallestSize.rows}`;
  const height = Math.max(1, Math.min(2, size.rows - 1));
  return (
    <Box flexDirection="column" width={size.columns} height={height} overflow="hidden">
      <Inked bold>terminal too small</Inked>
      {height > 1 ? <Inked>{`${size.columns}x${size.rows}, needs ${needed}`}</Inked> : null}
    </Box>
  );
}

function Header({ state }: { readonly state: MonitorState }) {
  const { result, snapshot } = state;
  const title = result ? `${oneLine(result.title)} (${result.election})` : "vote monitor";
  return (
    <Box justifyContent="space-between" height={1} paddingX={1} flexShrink={0}>
      <Box flexShrink={1} marginRight={2}>
        <Inked bold>{title}</Inked>
      </Box>
      <Box flexShrink={0}>
        {result ? <Status standing={standingOf(result, snapshot)} /> : null}
        {snapshot || result ? null : <Inked dim>connecting</Inked>}
      </Box>
    </Box>
  );
}

interface PanelView {
  readonly title: string;
  readonly Content: (props: PanelProps) => ReactNode;
}

const panelViews: Readonly<Record<PanelName, PanelView>> = {
  overview: { title: "Overview", Content: Overview },
  tallies: { title: "Tallies", Content: TalliesSection },
  pipeline: { title: "Pipeline", Content: PipelinePanel },
  health: { title: "Health", Content: HealthPanel },
  events: { title: "Events", Content: EventsPanel },
  elections: { title: "Elections", Content: Elections },
};

function Tabs({ state }: { readonly state: MonitorState }) {
  const { panel, filter } = state.interaction;
  return (
    <Box height={1} paddingX={1} flexShrink={0} justifyContent="space-between">
      <Box flexShrink={0}>
        {panels.map((name, index) => (
          <Box key={name} marginRight={2}>
            {name === panel ? (
              <Inked bold inverse>{`${index + 1} ${panelViews[name].title}`}</Inked>
            ) : (
              <Inked dim>{`${index + 1} ${panelViews[name].title}`}</Inked>
            )}
          </Box>
        ))}
      </Box>
      {filter === "" ? null : <Inked color="yellow">{`/${filter}`}</Inked>}
    </Box>
  );
}

function footerLines({ interaction: { mode } }: MonitorState): number {
  return mode.kind === "confirm" && mode.change === "close" ? 2 : 1;
}

function Footer({ state }: { readonly state: MonitorState }) {
  const { mode, notice, filter } = state.interaction;
  if (mode.kind === "confirm") {
    const question = `To ${mode.change} ${mode.election}, type its id, then Enter (Esc: no):`;
    return (
      <Box flexDirection="column" flexShrink={0}>
        {mode.change === "close" ? (
          <Line>
            <Inked color="red" bold>
              This cannot be undone: a closed election takes no vote ever again.
            </Inked>
          </Line>
        ) : null}
        <Prompt question={question} typed={mode.typed} />
      </Box>
    );
  }
  if (mode.kind === "filter") return <Prompt question="Show only lines with" typed={filter} />;
  if (notice !== undefined) {
    return (
      <Line>
        <Inked color={notice.level === "failure" ? "red" : "green"}>{oneLine(notice.text)}</Inked>
      </Line>
    );
  }
  return <Keys state={state} />;
}

function Line({ children }: { readonly children: ReactNode }) {
  return (
    <Box height={1} paddingX={1} flexShrink={0}>
      {children}
    </Box>
  );
}

function Prompt({ question, typed }: { readonly question: string; readonly typed: string }) {
  return (
    <Line>
      <Inked color="yellow" bold>
        {`${question} `}
      </Inked>
      <Inked bold>{`${oneLine(typed)}_`}</Inked>
    </Line>
  );
}

function Keys({ state }: { readonly state: MonitorState }) {
  const { paused, refreshMs, snapshot } = state;
  const every = formatDuration(refreshMs);
  const keys = `q quit  p ${paused ? "go on" : "pause"}  s sort  / filter  e elections  ? help`;
  const time = snapshot ? formatTime(snapshot.at) : "";
  return (
    <Box justifyContent="space-between" height={1} paddingX={1} flexShrink={0}>
      <Box flexShrink={1} marginRight={1}>
        <Inked dim>{keys}</Inked>
      </Box>
      <Box flexShrink={0}>
        {paused ? <Inked color="yellow" bold>{`PAUSED ${time}`}</Inked> : null}
        {paused || time === "" ? null : <Inked dim>{`${time}, every ${every}`}</Inked>}
      </Box>
    </Box>
  );
}
