import { Box } from "ink";
import { formatDuration } from "../../text/numbers.js";
import { oneLine } from "../../text/one-line.js";
import { AlertLines } from "../panels/alerts.js";
import type { RaisedAlert } from "../state/alerts.js";
import type { MonitorState } from "../state/reducer.js";
import { standingOf } from "../state/standing.js";
import type { Size } from "../terminal/terminal-size.js";
import { Inked, useGlyphs } from "../terminal/theme.js";

/** In fewer columns, an alert's mark alone says how severe it is. */
const roomyColumns = 100;
/** With fewer rows, an alert does not say what to do: the events' panel does. */
const roomyRows = 20;

interface BannerContent {
  /** Why the figures may be out of date, and how old they are. */
  readonly problem: string | undefined;
  /** The worst alert. */
  readonly alert: RaisedAlert | undefined;
  /** What to do next, if all is as it should be. */
  readonly next: string | undefined;
}

function contentOf(state: MonitorState): BannerContent {
  const problem = problemOf(state);
  // That serve is away is the problem itself.
  const alert = state.alerts.find(({ source }) => problem === undefined || source !== "serve");
  return { problem, alert, next: nextOf(state) };
}

/** How many lines `Banner` takes. */
export function bannerLines(state: MonitorState, rows: number): number {
  const { problem, alert, next } = contentOf(state);
  const alertLines = alert === undefined ? 0 : rows < roomyRows ? 1 : 2;
  return (problem === undefined ? 0 : 1) + alertLines + (next === undefined ? 0 : 1);
}

interface BannerProps {
  readonly state: MonitorState;
  readonly size: Size;
}

/** What needs an operator now, above every panel. */
export function Banner({ state, size: { columns, rows } }: BannerProps) {
  const glyphs = useGlyphs();
  const { problem, alert, next } = contentOf(state);
  const more = state.alerts.length - 1;
  return (
    <Box flexDirection="column" paddingX={1} flexShrink={0}>
      {problem === undefined ? null : (
        <Box height={1}>
          <Inked color="red">{`${glyphs.failed} ${oneLine(problem)}`}</Inked>
        </Box>
      )}
      {alert === undefined ? null : (
        <AlertLines
          alert={alert}
          action={rows >= roomyRows}
          named={columns >= roomyColumns}
          aside={more > 0 ? `(${more} more: 5)` : ""}
        />
      )}
      {next === undefined ? null : (
        <Box height={1}>
          <Inked color="cyan" bold>{`${glyphs.pointer} Next: ${next}`}</Inked>
        </Box>
      )}
    </Box>
  );
}

function problemOf({ snapshot, result, resultAt }: MonitorState): string | undefined {
  if (snapshot === undefined) return undefined;
  const old = (since: number) => `These figures are ${formatDuration(snapshot.at - since)} old.`;
  if (snapshot.problem !== null) {
    return result === undefined ? snapshot.problem : `${snapshot.problem} ${old(resultAt)}`;
  }
  if (!result?.stale) return undefined;
  return `Serve cannot read the view. ${old(result.asOf ?? snapshot.at)}`;
}

function nextOf({ snapshot, result, recountCommand }: MonitorState): string | undefined {
  if (!result) return undefined;
  const standing = standingOf(result, snapshot);
  // It names what does not agree, and where.
  if (standing !== "awaiting-recount" && standing !== "disputed") return undefined;
  return `${recountCommand} --election ${result.election}`;
}
