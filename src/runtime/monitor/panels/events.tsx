import { Box } from "ink";
import { formatTime } from "../../text/moment.js";
import { oneLine } from "../../text/one-line.js";
import { passes } from "../state/interaction.js";
import { eventMark } from "../terminal/marks.js";
import { Inked, useGlyphs } from "../terminal/theme.js";
import { Alerts, alertsLines } from "./alerts.js";
import { Column, type PanelProps, Section } from "./labelled.js";

/** What is wrong now, and what has happened. */
export function EventsPanel(props: PanelProps) {
  const { state, maxLines } = props;
  const alerts = alertsLines(state.alerts, maxLines - 4);
  return (
    <Box flexDirection="column">
      <Alerts {...props} maxLines={alerts} />
      <Events {...props} maxLines={maxLines - alerts} />
    </Box>
  );
}

/** What happened, the newest first. */
export function Events({ state, width, maxLines }: PanelProps) {
  const glyphs = useGlyphs();
  const { events, interaction } = state;
  const wanted = events.filter(({ source, text }) => passes(interaction.filter, source, text));
  const newestFirst = [...wanted].reverse();
  return (
    <Section title="Events" width={width}>
      {newestFirst.length === 0 ? <Inked dim>none so far</Inked> : null}
      {newestFirst.slice(0, Math.max(0, maxLines - 1)).map((event, index) => {
        const mark = eventMark(event.level, glyphs);
        const text = oneLine(event.text);
        const number = wanted.length - index;
        return (
          <Box key={number} height={1}>
            <Column width={10} text={formatTime(event.at)} left dim />
            <Box flexShrink={0}>
              <Inked color={mark.color}>{`${mark.icon} `}</Inked>
            </Box>
            <Box flexShrink={0}>
              <Inked bold>{`${oneLine(event.source)} `}</Inked>
            </Box>
            <Inked>{event.times > 1 ? `${event.times} times: ${text}` : text}</Inked>
          </Box>
        );
      })}
    </Section>
  );
}
