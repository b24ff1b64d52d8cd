import { Box } from "ink";
import { formatTime } from "../../text/moment.js";
import { oneLine } from "../../text/one-line.js";
import type { RaisedAlert } from "../state/alerts.js";
import { alertMark } from "../terminal/marks.js";
import { Inked, useGlyphs } from "../terminal/theme.js";
import { type PanelProps, Section } from "./labelled.js";

const linesEach = 2;

interface AlertLinesProps {
  readonly alert: RaisedAlert;
  /** Stands at the right end of the first line. */
  readonly aside?: string;
  /** Whether there is room for what to do. */
  readonly action?: boolean;
  /** Whether there is room for the severity, which the mark says too. */
  readonly named?: boolean;
}

/** What is wrong since when, and below it what to do. */
export function AlertLines(props: AlertLinesProps) {
  const { alert, aside = "", action = true, named = true } = props;
  const { severity, source, text, since, before } = alert;
  const glyphs = useGlyphs();
  const mark = alertMark(severity, glyphs);
  const began = `since ${before ? "before " : ""}${formatTime(since)}`;
  return (
    <Box flexDirection="column" flexShrink={0}>
      <Box height={1} justifyContent="space-between">
        <Box flexShrink={1} marginRight={2}>
          <Inked color={mark.color} bold>
            {`${mark.icon} ${named ? `${severity}: ` : ""}${oneLine(source)} ${oneLine(text)}`}
          </Inked>
        </Box>
        <Box flexShrink={0}>
          <Inked color={mark.color}>{aside === "" ? began : `${began} ${aside}`}</Inked>
        </Box>
      </Box>
      {action ? (
        <Box height={1}>
          <Inked>{`  ${glyphs.pointer} ${oneLine(alert.action)}`}</Inked>
        </Box>
      ) : null}
    </Box>
  );
}

/** How many lines `Alerts` takes at most; none where nothing is wrong. */
export function alertsLines(alerts: readonly RaisedAlert[], maxLines: number): number {
  const shown = Math.min(alerts.length, Math.floor((maxLines - 1) / linesEach));
  return shown <= 0 ? 0 : 1 + shown * linesEach;
}

/** All that is wrong, the worst first. */
export function Alerts({ state, width, maxLines }: PanelProps) {
  const { alerts } = state;
  const lines = alertsLines(alerts, maxLines);
  if (lines === 0) return null;
  const shown = alerts.slice(0, (lines - 1) / linesEach);
  const aside = shown.length < alerts.length ? `${alerts.length - shown.length} more` : "";
  return (
    <Section title="Alerts" aside={aside} width={width}>
      {shown.map((alert) => (
        <AlertLines key={alert.key} alert={alert} />
      ))}
    </Section>
  );
}
