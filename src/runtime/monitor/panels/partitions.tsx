import { Box } from "ink";
import type { PartitionStatus } from "../../contracts/http/status.js";
import { formatCount, formatSeconds } from "../../text/numbers.js";
import { behindOf } from "../state/flow.js";
import { passes } from "../state/interaction.js";
import type { MonitorState } from "../state/reducer.js";
import { Inked, useGlyphs } from "../terminal/theme.js";
import { Column, type PanelProps, Section } from "./labelled.js";

const partitionColumns = [
  { head: "partition", width: 11 },
  { head: "decided to", width: 14 },
  { head: "log's end", width: 14 },
  { head: "behind", width: 12 },
  { head: "for", width: 10 },
] as const;

/** Shows the partitions, furthest behind first: only those need a look. */
export function Partitions({ state, width, maxLines }: PanelProps) {
  const glyphs = useGlyphs();
  const { snapshot } = state;
  const rows = rowsOf(state);
  if (maxLines < 3) return null;
  const lines = rows.length > maxLines - 2 ? maxLines - 3 : rows.length;
  const behind = snapshot === undefined ? null : behindOf(snapshot);
  const aside = behind === null ? "" : `${behind.partitions} of ${behind.of} behind`;
  const heads = partitionColumns.map(({ head }) => head);
  return (
    <Section title="Partitions" aside={aside} width={width}>
      {rows.length === 0 ? (
        <Inked dim>no tally reports any</Inked>
      ) : (
        <Row cells={heads} dim note="" />
      )}
      {rows.slice(0, lines).map((row) => (
        <Row key={row.partition} cells={cellsOf(row)} note={noteOf(row)} />
      ))}
      {rows.length > lines ? (
        <Inked dim>{`${glyphs.ellipsis} ${rows.length - lines} more`}</Inked>
      ) : null}
    </Section>
  );
}

function rowsOf({ snapshot, interaction }: MonitorState): readonly PartitionStatus[] {
  return (snapshot?.tallies ?? [])
    .flatMap(({ partitions }) => partitions)
    .filter(({ election }) => election === snapshot?.election)
    .filter(({ partition }) => passes(interaction.filter, `partition ${partition}`))
    .sort((one, other) => lagOf(other) - lagOf(one) || one.partition - other.partition);
}

function noteOf({ state, sealed }: PartitionStatus): string {
  if (state !== "tallying") return state;
  return sealed ? "sealed" : "";
}

const lagOf = ({ lagRecords }: PartitionStatus) => lagRecords ?? -1;

function cellsOf({ partition, position, end, lagRecords, lagSeconds }: PartitionStatus) {
  const known = (value: number | null) => (value === null ? "unknown" : formatCount(value));
  const seconds = lagSeconds === null ? "unknown" : formatSeconds(lagSeconds * 1_000);
  return [String(partition), formatCount(position), known(end), known(lagRecords), seconds];
}

interface RowProps {
  readonly cells: readonly string[];
  readonly note: string;
  readonly dim?: boolean;
}

function Row({ cells, note, dim = false }: RowProps) {
  return (
    <Box height={1}>
      {partitionColumns.map(({ head, width }, index) => (
        <Column key={head} width={width} text={cells[index]} dim={dim} />
      ))}
      <Box marginLeft={2}>
        <Inked dim>{note}</Inked>
      </Box>
    </Box>
  );
}
