import { Box } from "ink";
import { type ReactNode, useContext } from "react";
import { formatDuration, formatTime, oneLine } from "./format.js";
import { Health, Pipeline, pipelineLines, Status } from "./panels.js";
import type { MonitorState } from "./reducer.js";
import { shownStatus } from "./snapshot.js";
import { Tallies } from "./tallies.js";
import type { Size } from "./terminal-size.js";
import { Inked, ThemeContext, useGlyphs } from "./theme.js";

export const smallestSize: Size = { columns: 60, rows: 15 };
const rowsForBorders = 22;

export interface MonitorViewProps {
  readonly state: MonitorState;
  readonly size: Size;
}

/**
 * One frame, at most `rows - 1` lines: ink ends it with a new line, which must not scroll.
 */
export function MonitorView({ state, size }: MonitorViewProps) {
  if (size.columns < smallestSize.columns || size.rows < smallestSize.rows) {
    return <TooSmall size={size} />;
  }
  return (
    <Box flexDirection="column" width={size.columns} height={size.rows - 1} overflow="hidden">
      <Header state={state} />
      {state.help ? <Help /> : <Panels state={state} size={size} />}
      <Box flexGrow={1} />
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
        {result ? <Status status={shownStatus(result)} /> : null}
        {snapshot || result ? null : <Inked dim>connecting</Inked>}
      </Box>
    </Box>
  );
}

/** Lines of the screen that are not candidates: header, footer, pipeline, health. */
function linesForCandidates(state: MonitorState, size: Size, bordered: boolean): number {
  const roles = state.snapshot?.roles.length ?? 0;
  const problem = problemOf(state) === undefined ? 0 : 1;
  const pipeline = state.result ? pipelineLines(state.result) : 0;
  return size.rows - 1 - 2 - pipeline - roles - problem - (bordered ? 6 : 0);
}

function Panels({ state, size }: MonitorViewProps) {
  const { result, snapshot } = state;
  const problem = problemOf(state);
  const bordered = size.rows >= rowsForBorders;
  const width = size.columns - (bordered ? 4 : 2);
  const maxLines = linesForCandidates(state, size, bordered);
  return (
    <Box flexDirection="column">
      {problem === undefined ? null : <Problem text={problem} />}
      {result ? (
        <Panel bordered={bordered}>
          <Tallies
            rows={result.result}
            byCandidate={state.rates.byCandidate}
            width={width}
            maxLines={maxLines}
          />
        </Panel>
      ) : null}
      {result ? (
        <Panel bordered={bordered}>
          <Pipeline state={state} result={result} width={width} />
        </Panel>
      ) : null}
      {snapshot ? (
        <Panel bordered={bordered}>
          <Health roles={snapshot.roles} />
        </Panel>
      ) : null}
    </Box>
  );
}

interface PanelProps {
  readonly bordered: boolean;
  readonly children: ReactNode;
}

/** Borders are left out where the lines are needed. */
function Panel({ bordered, children }: PanelProps) {
  const theme = useContext(ThemeContext);
  if (!bordered) return <Box paddingX={1}>{children}</Box>;
  return (
    <Box
      borderStyle={theme.unicode ? "round" : "classic"}
      borderDimColor={theme.color}
      paddingX={1}
      flexShrink={0}
    >
      {children}
    </Box>
  );
}

/** Why the figures may not be today's, and how old they are. */
function problemOf({ snapshot, result, resultAt }: MonitorState): string | undefined {
  if (snapshot === undefined) return undefined;
  const old = (since: number) => `These figures are ${formatDuration(snapshot.at - since)} old.`;
  if (snapshot.problem !== null) {
    return result === undefined ? snapshot.problem : `${snapshot.problem} ${old(resultAt)}`;
  }
  if (!result?.stale) return undefined;
  return `Serve cannot read the view. ${old(result.asOf ?? snapshot.at)}`;
}

function Problem({ text }: { readonly text: string }) {
  const glyphs = useGlyphs();
  return (
    <Box paddingX={1} height={1} flexShrink={0}>
      <Inked color="red">{`${glyphs.failed} ${oneLine(text)}`}</Inked>
    </Box>
  );
}

const helpLines = [
  ["q", "quit (Ctrl+C too)"],
  ["p", "pause and go on: the figures stand still, nothing is asked"],
  ["+", "refresh more often"],
  ["-", "refresh less often"],
  ["?", "this help, and back"],
  ["", ""],
  ["/s", "per second, over the last 5 seconds"],
  ["sealed", "partitions that are closed and fully counted"],
  ["Unofficial", "votes are still being counted"],
  ["Closed", "no more votes; the recount has not confirmed the count yet"],
  ["Official", "the recount agreed and certified the result"],
] as const;

function Help() {
  return (
    <Box flexDirection="column" paddingX={1} paddingTop={1}>
      {helpLines.map(([key, meaning]) => (
        <Box key={key} height={1}>
          <Box width={12}>
            <Inked bold>{key}</Inked>
          </Box>
          <Inked>{meaning}</Inked>
        </Box>
      ))}
    </Box>
  );
}

function Footer({ state }: { readonly state: MonitorState }) {
  const { paused, refreshMs, snapshot } = state;
  const every = formatDuration(refreshMs);
  const keys = `q quit  p ${paused ? "go on" : "pause"}  ? help  +/- every ${every}`;
  const time = snapshot ? formatTime(snapshot.at) : "";
  return (
    <Box justifyContent="space-between" height={1} paddingX={1} flexShrink={0}>
      <Box flexShrink={1} marginRight={1}>
        <Inked dim>{keys}</Inked>
      </Box>
      <Box flexShrink={0}>
        {paused ? <Inked color="yellow" bold>{`PAUSED ${time}`}</Inked> : null}
        {paused || time === "" ? null : <Inked dim>{`updated ${time}`}</Inked>}
      </Box>
    </Box>
  );
}
