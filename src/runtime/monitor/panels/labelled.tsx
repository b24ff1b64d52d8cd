import { Box } from "ink";
import type { ReactNode } from "react";
import type { MonitorState } from "../state/reducer.js";
import type { Standing } from "../state/standing.js";
import { standingMark } from "../terminal/marks.js";
import { Inked, type InkedProps, useGlyphs } from "../terminal/theme.js";

/** What every panel is drawn from. */
export interface PanelProps {
  readonly state: MonitorState;
  readonly width: number;
  /** Including the title. */
  readonly maxLines: number;
}

export const labelWidth = 10;

interface LabelledProps {
  readonly label: string;
  readonly children: ReactNode;
}

/** A line that begins with what it is about. */
export function Labelled({ label, children }: LabelledProps) {
  return (
    <Box height={1} flexShrink={0}>
      <Column width={labelWidth} text={label} left dim />
      {children}
    </Box>
  );
}

interface SectionProps {
  readonly title: string;
  /** Stands at the right end of the title's line. */
  readonly aside?: string;
  readonly width: number;
  readonly children: ReactNode;
}

/** A part of the screen under a line with its title, which takes one line more than its content. */
export function Section({ title, aside = "", width, children }: SectionProps) {
  const { rule } = useGlyphs();
  const tail = aside === "" ? "" : ` ${aside} ${rule}`;
  const middle = Math.max(1, width - title.length - 4 - tail.length);
  return (
    <Box flexDirection="column" width={width} flexShrink={0}>
      <Box height={1}>
        <Inked dim>{`${rule} `}</Inked>
        <Inked bold>{title}</Inked>
        <Inked dim>{` ${rule.repeat(middle)}${tail}`}</Inked>
      </Box>
      {children}
    </Box>
  );
}

interface ColumnProps extends Pick<InkedProps, "color" | "bold" | "dim"> {
  readonly width: number;
  readonly text: string;
  readonly left?: boolean;
}

/** A cell of a table, aligned right unless `left` is set. */
export function Column({ width, text, left = false, ...style }: ColumnProps) {
  return (
    <Box width={width} justifyContent={left ? "flex-start" : "flex-end"} flexShrink={0}>
      <Inked {...style}>{text}</Inked>
    </Box>
  );
}

/** "● Unofficial, counting": label, icon and colour of where a result stands. */
export function Status({ standing }: { readonly standing: Standing }) {
  const mark = standingMark(standing, useGlyphs());
  return <Inked color={mark.color} bold>{`${mark.icon} ${mark.label}`}</Inked>;
}
