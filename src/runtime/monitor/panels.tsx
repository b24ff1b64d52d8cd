import { Box } from "ink";
import type { ElectionStatus } from "../core/election.js";
import { formatCount, formatDuration, formatRate, oneLine, sparkline } from "./format.js";
import type { MonitorState } from "./reducer.js";
import { rejectedTotal } from "./reducer.js";
import type { ResultFigures, RoleHealth } from "./snapshot.js";
import { roleMark, statusMark } from "./status.js";
import { Inked, useGlyphs } from "./theme.js";

/** "● Unofficial, counting": label, icon and colour. */
export function Status({ status }: { readonly status: ElectionStatus }) {
  const mark = statusMark(status, useGlyphs());
  return <Inked color={mark.color} bold>{`${mark.icon} ${mark.label}`}</Inked>;
}

export interface PipelineProps {
  readonly state: MonitorState;
  readonly result: ResultFigures;
  readonly width: number;
}

const labelWidth = 10;

/** How many lines `Pipeline` takes. */
export function pipelineLines(result: ResultFigures): number {
  return result.digest === null ? 3 : 4;
}

/** The rate with its past, rejections by reason, what the ledger holds, and the digest. */
export function Pipeline({ state, result, width }: PipelineProps) {
  const glyphs = useGlyphs();
  const rate = state.samples.length < 2 ? "unknown" : formatRate(state.rates.votesPerSecond);
  const past = sparkline(state.history, width - labelWidth - rateWidth, glyphs);
  const separator = ` ${glyphs.separator} `;
  const facts = [
    `${formatCount(result.counted)} counted`,
    `${formatCount(result.retriesAbsorbed)} retries absorbed`,
    `${result.sealedPartitions} of ${result.partitions} sealed`,
  ];
  return (
    <Box flexDirection="column" width={width}>
      <Labelled label="Votes">
        <Box width={rateWidth}>
          <Inked bold>{rate}</Inked>
        </Box>
        <Inked color="green">{past}</Inked>
      </Labelled>
      <Labelled label="Rejected">
        <Inked>{rejections(result.rejected, separator)}</Inked>
      </Labelled>
      <Labelled label="Ledger">
        <Inked>{facts.join(separator)}</Inked>
      </Labelled>
      {result.digest === null ? null : (
        <Labelled label="Digest">
          <Inked>{oneLine(result.digest)}</Inked>
        </Labelled>
      )}
    </Box>
  );
}

const rateWidth = 14;

/** "65,432: already-voted 65,000 · election-closed 432", or "none". */
export function rejections(rejected: Readonly<Record<string, number>>, separator: string): string {
  const reasons = Object.entries(rejected).filter(([, votes]) => votes > 0);
  if (reasons.length === 0) return "none";
  const named = reasons.map(([reason, votes]) => `${oneLine(reason)} ${formatCount(votes)}`);
  return `${formatCount(rejectedTotal(rejected))}: ${named.join(separator)}`;
}

interface LabelledProps {
  readonly label: string;
  readonly children: React.ReactNode;
}

function Labelled({ label, children }: LabelledProps) {
  return (
    <Box height={1}>
      <Box width={labelWidth} flexShrink={0}>
        <Inked dim>{label}</Inked>
      </Box>
      {children}
    </Box>
  );
}

/** A line for each role: state by icon, word and colour, how fast it answers, where it is. */
export function Health({ roles }: { readonly roles: readonly RoleHealth[] }) {
  const glyphs = useGlyphs();
  return (
    <Box flexDirection="column">
      {roles.map((role) => {
        const mark = roleMark(role.state, glyphs);
        const took = role.latencyMs === null ? "" : ` in ${formatDuration(role.latencyMs)}`;
        const detail = role.detail === "" ? "" : `  ${oneLine(role.detail)}`;
        return (
          <Labelled key={role.role} label={role.role}>
            <Box flexShrink={0} width={22}>
              <Inked color={mark.color}>{`${mark.icon} ${mark.label}${took}`}</Inked>
            </Box>
            <Inked dim>{`${role.url}${detail}`}</Inked>
          </Labelled>
        );
      })}
    </Box>
  );
}
