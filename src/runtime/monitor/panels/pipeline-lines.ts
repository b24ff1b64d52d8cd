import {
  countedText,
  formatByteRate,
  formatCount,
  formatDuration,
  formatLatency,
  formatRate,
  formatSeconds,
} from "../../text/numbers.js";
import { oneLine } from "../../text/one-line.js";
import { backlogText, oldViewMs } from "../state/alerts.js";
import { behindOf, behindSeconds } from "../state/flow.js";
import { type MonitorState, rejectedTotal } from "../state/reducer.js";
import type { WatchedTally } from "../state/snapshot.js";
import { tallyIsDown } from "../state/standing.js";

/** One step on the path of a vote: the most important value first. */
export interface PipelineLine {
  readonly label: string;
  readonly value: string;
  readonly facts: readonly string[];
  /** An operator should look at it. */
  readonly warning: boolean;
}

const unknown = "unknown";

/** The path of a vote from top to bottom. */
export function pipelineLines(state: MonitorState): readonly PipelineLine[] {
  return [
    votesLine(state),
    ingestLine(state),
    logLine(state),
    tallyLine(state),
    ledgerLine(state),
    viewLine(state),
    clientsLine(state),
    rejectedLine(state),
    ...digestLine(state),
  ];
}

/** The lines to keep where there is little room. */
export const briefLabels: readonly string[] = ["Votes", "Tally", "Rejected", "Digest"];

function line(
  label: string,
  value: string,
  facts: readonly (string | false)[] = [],
  warning = false,
): PipelineLine {
  return { label, value, facts: facts.filter((fact) => fact !== false), warning };
}

function rateText(perSecond: number | null): string {
  return perSecond === null ? unknown : formatRate(perSecond);
}

function votesLine({ samples, rates }: MonitorState): PipelineLine {
  return line("Votes", samples.length < 2 ? unknown : formatRate(rates.votesPerSecond));
}

function ingestLine({ snapshot, flow }: MonitorState): PipelineLine {
  const ingest = snapshot?.ingest;
  if (!ingest) return line("Ingest", unknown);
  const { acknowledgeMs, unconfirmed } = ingest;
  const facts = [
    unconfirmed > 0 && `${formatCount(unconfirmed)} unconfirmed since start`,
    acknowledgeMs !== null && `p99 ${formatLatency(acknowledgeMs.p99)}`,
    `${formatCount(ingest.acknowledged)} since start`,
    `${formatCount(ingest.waitingBallots)} waiting`,
  ];
  return line("Ingest", rateText(flow.acknowledgedPerSecond), facts, ingest.unconfirmed > 0);
}

function logLine(state: MonitorState): PipelineLine {
  const { flow, rates, samples } = state;
  const perSecond = flow.recordsPerSecond;
  const perRecord =
    perSecond !== null && perSecond > 0 && samples.length > 1 && rates.votesPerSecond > 0
      ? rates.votesPerSecond / perSecond
      : undefined;
  const retries = state.snapshot?.ingest?.retries ?? 0;
  return line("Log", rateText(perSecond), [
    perSecond !== null && "records",
    perRecord !== undefined && `${perRecord.toFixed(1)} votes in each`,
    retries > 0 && `${countedText(retries, "append")} tried again since start`,
  ]);
}

function tallyLine({ snapshot, result }: MonitorState): PipelineLine {
  const sealed =
    result === undefined
      ? []
      : [
          `${result.sealedPartitions} of ${result.partitions} sealed`,
          `${countedText(result.retriesAbsorbed, "retry", "retries")} absorbed`,
        ];
  const behind = snapshot === undefined ? null : behindOf(snapshot);
  if (result !== undefined && result.sealedPartitions === result.partitions) {
    return line("Tally", "all counted", sealed);
  }
  const down = snapshot !== undefined && tallyIsDown(snapshot);
  if (behind === null) return line("Tally", down ? "down" : unknown, sealed, down);
  if (behind.records === 0) return line("Tally", "up to date", sealed);
  const { seconds, partitions, of } = behind;
  const facts = [
    down && "down",
    backlogText(behind),
    `${partitions} of ${countedText(of, "partition")}`,
  ];
  const value = `${formatSeconds(seconds * 1_000)} behind`;
  return line("Tally", value, [...facts, ...sealed], seconds >= behindSeconds);
}

function ledgerLine({ snapshot, flow }: MonitorState): PipelineLine {
  const tallies = snapshot?.tallies ?? [];
  const slowest = slowestCommit(tallies);
  const counted = (name: string) =>
    tallies.reduce((sum, { eventCounts }) => sum + (eventCounts[name] ?? 0), 0);
  const [retries, fences] = [counted("ledger-retry"), counted("fenced")];
  const facts = [
    slowest !== null && `p50 ${formatLatency(slowest.p50)}`,
    slowest !== null && `p99 ${formatLatency(slowest.p99)}`,
    retries > 0 && `${countedText(retries, "write")} tried again since start`,
    fences > 0 && `${formatCount(fences)} fenced since start`,
  ];
  const perSecond = flow.commitsPerSecond;
  const value = perSecond === null ? unknown : `${formatCount(perSecond)} commits/s`;
  return line("Ledger", value, facts);
}

/** Quantiles of several processes cannot be combined, so the worst ones stand for all. */
function slowestCommit(tallies: readonly WatchedTally[]) {
  const known = tallies.flatMap(({ commitMs }) => commitMs ?? []);
  if (known.length === 0) return null;
  return {
    p50: Math.max(...known.map(({ p50 }) => p50)),
    p99: Math.max(...known.map(({ p99 }) => p99)),
  };
}

function viewLine({ snapshot }: MonitorState): PipelineLine {
  const serve = snapshot?.serve;
  const lagMs = Math.max(0, ...(snapshot?.tallies ?? []).map(({ viewLagMs }) => viewLagMs));
  const waiting = lagMs > 1_000 && `tally waits ${formatDuration(lagMs)} for it`;
  if (!serve || serve.viewAgeMs === null) return line("View", unknown, [waiting]);
  const old = serve.stale || serve.viewAgeMs > oldViewMs;
  const value = `${formatDuration(serve.viewAgeMs)} old`;
  const state = serve.stale ? "serve cannot read it" : "as serve reads it";
  return line("View", value, [state, waiting], old || waiting !== false);
}

function clientsLine({ snapshot, flow }: MonitorState): PipelineLine {
  const serve = snapshot?.serve;
  if (!serve) return line("Clients", unknown);
  const { eventStreams, webSockets } = serve;
  return line("Clients", formatCount(eventStreams + webSockets), [
    `${formatCount(eventStreams)} SSE`,
    `${formatCount(webSockets)} WebSocket`,
    flow.messagesPerSecond !== null && `${formatCount(flow.messagesPerSecond)} sent/s`,
    flow.bytesPerSecond !== null && formatByteRate(flow.bytesPerSecond),
  ]);
}

function rejectedLine({ result }: MonitorState): PipelineLine {
  if (result === undefined) return line("Rejected", unknown);
  const reasons = reasonsOf(result.rejected);
  const named = reasons.map(({ reason, votes }) => `${reason} ${formatCount(votes)}`);
  return line("Rejected", formatCount(rejectedTotal(result.rejected)), named);
}

function digestLine({ result }: MonitorState): readonly PipelineLine[] {
  if (!result || result.digest === null) return [];
  return [line("Digest", oneLine(result.digest))];
}

/** The reasons with a count, the most frequent first. */
export function reasonsOf(counts: Readonly<Record<string, number>>) {
  return Object.entries(counts)
    .map(([reason, votes]) => ({ reason: oneLine(reason), votes }))
    .filter(({ votes }) => votes > 0)
    .sort((one, other) => other.votes - one.votes);
}
