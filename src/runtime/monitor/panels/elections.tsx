import { Box } from "ink";
import { oneLine } from "../../text/one-line.js";
import { listedElections } from "../state/interaction.js";
import { statusMark } from "../terminal/marks.js";
import { Inked, useGlyphs } from "../terminal/theme.js";
import { Column, type PanelProps, Section } from "./labelled.js";

/** All elections, the newest first; the cursor stays in view. */
export function Elections({ state, width, maxLines }: PanelProps) {
  const glyphs = useGlyphs();
  const all = listedElections(state);
  const cursor = Math.min(state.interaction.cursor, Math.max(0, all.length - 1));
  const lines = Math.max(1, maxLines - 1);
  const from = Math.max(0, Math.min(cursor - Math.floor(lines / 2), all.length - lines));
  const keys = "arrows choose, Enter watches, o opens, c closes";
  const idWidth = Math.min(28, Math.max(6, ...all.map(({ id }) => id.length)) + 2);
  return (
    <Section title="Elections" aside={keys} width={width}>
      {all.length === 0 ? <Inked dim>none</Inked> : null}
      {all.slice(from, from + lines).map(({ id, title, status }, index) => {
        const mark = statusMark(status, glyphs);
        const here = from + index === cursor;
        return (
          <Box key={id} height={1}>
            <Column width={2} text={here ? glyphs.pointer : ""} left />
            <Column width={idWidth} text={oneLine(id)} left bold={here} />
            <Column width={25} text={`${mark.icon} ${mark.label}`} left color={mark.color} />
            <Inked dim={!here}>{oneLine(title)}</Inked>
          </Box>
        );
      })}
    </Section>
  );
}
