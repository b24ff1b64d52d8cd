import { Box, render } from "ink";
import { formatCount } from "../../text/numbers.js";
import { oneLine } from "../../text/one-line.js";
import { Status } from "../panels/labelled.js";
import { Tallies } from "../panels/tallies.js";
import { type LiveTallyProps, liveStanding, phaseText, rateText } from "../plain/plain.js";
import { forInk, sizeOf } from "../terminal/terminal-size.js";
import { Inked, type Theme, ThemeContext, themeOf } from "../terminal/theme.js";

interface SizedLiveTallyProps extends LiveTallyProps {
  /** The terminal's width, of which the tally takes at most 100 columns. */
  readonly columns: number;
  /** The terminal's height; the tally leaves one row free. */
  readonly maxRows: number;
}

const widest = 100;

/** A live tally in the flow of a command's output, below what it has printed. */
function LiveTally({ columns, maxRows, ...props }: SizedLiveTallyProps) {
  const width = Math.max(20, Math.min(columns - 1, widest));
  const votes = props.rows.reduce((sum, row) => sum + row.votes, 0);
  const facts = `${formatCount(votes)} counted  ${rateText(props)}`;
  return (
    <Box flexDirection="column" width={width}>
      <Box justifyContent="space-between" height={1}>
        <Box flexShrink={1} marginRight={2}>
          <Inked bold>{oneLine(props.title)}</Inked>
        </Box>
        <Box flexShrink={0}>
          <Status standing={liveStanding(props)} />
        </Box>
      </Box>
      <Tallies
        rows={props.rows}
        byCandidate={props.meanPerSecond === undefined ? props.rates.byCandidate : {}}
        width={width}
        // Room for header, facts and the cursor's line: scrolled-off lines cannot be redrawn.
        maxLines={Math.max(1, maxRows - 4)}
      />
      <Box justifyContent="space-between" height={1}>
        <Box flexShrink={0} marginRight={2}>
          <Inked bold>{facts}</Inked>
        </Box>
        <Inked dim>{phaseText(props)}</Inked>
      </Box>
    </Box>
  );
}

interface RenderedLiveTally {
  update(props: LiveTallyProps): void;
  /** Leaves the last frame on the screen and releases the stream. */
  stop(): void;
}

/**
 * Draws in place on a terminal, at most ten times a second. It reads no keys, so Ctrl+C remains a
 * signal. Where `stream.isTTY` is not set, print `liveTallyLine` once a second instead.
 */
export function renderLiveTally(
  stream: NodeJS.WriteStream,
  theme: Theme = themeOf(process.env),
): RenderedLiveTally {
  const stdout = forInk(stream, theme.unicode);
  let instance: ReturnType<typeof render> | undefined;
  return {
    update(props) {
      const { columns, rows } = sizeOf(stream);
      const node = (
        <ThemeContext.Provider value={theme}>
          <LiveTally {...props} columns={columns} maxRows={rows} />
        </ThemeContext.Provider>
      );
      if (instance === undefined) instance = render(node, { stdout, ...renderOptions });
      else instance.rerender(node);
    },
    stop() {
      instance?.unmount();
      instance = undefined;
    },
  };
}

const renderOptions = { maxFps: 10, exitOnCtrlC: false } as const;
