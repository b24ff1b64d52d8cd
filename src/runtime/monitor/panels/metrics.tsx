import { Box } from "ink";
import { formatCount, formatDuration } from "../../text/numbers.js";
import type { Snapshot } from "../state/snapshot.js";
import { Column, Section } from "./labelled.js";

interface MetricsProps {
  readonly snapshot: Snapshot | undefined;
  readonly width: number;
  /** Including the title. */
  readonly maxLines: number;
}

const cellWidth = 38;
const gap = 2;
const valueWidth = 14;

/** Every number in the roles' status by its name: a new one needs no change here. */
export function Metrics({ snapshot, width, maxLines }: MetricsProps) {
  const metrics = snapshot === undefined ? [] : metricsOf(snapshot);
  if (metrics.length === 0 || maxLines < 2) return null;
  const columns = Math.max(1, Math.floor((width + gap) / (cellWidth + gap)));
  const lines = Math.min(maxLines - 1, Math.ceil(metrics.length / columns));
  return (
    <Section title="Metrics" aside="counted since each process started" width={width}>
      <Box flexDirection="column" flexWrap="wrap" height={lines} columnGap={gap} overflow="hidden">
        {metrics.slice(0, lines * columns).map(({ role, name, value }) => (
          <Box key={`${role} ${name}`} height={1} width={cellWidth}>
            <Column width={8} text={role} left dim />
            <Column width={cellWidth - 8 - valueWidth} text={name} left />
            <Column width={valueWidth} text={value} />
          </Box>
        ))}
      </Box>
    </Section>
  );
}

interface Metric {
  readonly role: string;
  /** In words: "waiting ballots". */
  readonly name: string;
  readonly value: string;
}

/** The numbers of all roles that answered, in the order of the pipeline. */
export function metricsOf({ ingest, tallies, serve }: Snapshot): readonly Metric[] {
  const several = tallies.length > 1;
  return [
    ...numbersIn("ingest", ingest),
    ...tallies.flatMap((one, at) => numbersIn(several ? `tally ${at + 1}` : "tally", one)),
    ...numbersIn("serve", serve),
  ];
}

function numbersIn(role: string, metrics: object | null): Metric[] {
  return Object.entries(metrics ?? {}).flatMap(([field, value]: [string, unknown]) => {
    if (typeof value !== "number") return [];
    const name = field.replace(/Ms$/, "").replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
    return [
      { role, name, value: field.endsWith("Ms") ? formatDuration(value) : formatCount(value) },
    ];
  });
}
