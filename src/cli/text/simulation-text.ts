import type { BrokenSeed, SeedsReport } from "../../runtime/sim/seeds.js";

const maxShown = 10;

/**
 * Puts the report of many simulations into words, with the commands that replay what failed.
 *
 * @param command what replays begin with: `vote sim`
 */
export function simulationText(report: SeedsReport, command: string): string {
  const replayOf = ({ flags }: BrokenSeed) => `${command} ${flags} --trace`;
  const { from, seeds, seconds, failed } = report;
  const last = from + seeds - 1;
  const hours = (report.virtualSeconds / 3_600).toFixed(1);
  const lines = [
    `${seeds} simulations, seeds ${from} to ${last}, in ${seconds} s: ` +
      `${report.seedsPerSecond} a second, ${report.eventsPerSecond} events a second.`,
    `${report.events} events in ${hours} h of simulated time; ` +
      `${report.acknowledged} ballots acknowledged, ${report.decided} decided.`,
    "",
    "Faults, and how often each happened",
    ...table(report.faults),
    "",
    "What the system did, and how often",
    ...table(report.reached),
    "",
  ];
  if (report.digest !== undefined) lines.push(`Event log: SHA-256 ${report.digest}`);
  if (failed.length === 0) lines.push("Every promise held.");
  for (const one of failed.slice(0, maxShown)) {
    lines.push(`Seed ${one.seed} broke a promise. Replay it: ${replayOf(one)}`);
    lines.push(...one.broken.slice(0, 3).map((what) => `  ${what}`));
    const { shortest } = one;
    if (shortest === undefined) continue;
    lines.push(`  The same in ${shortest.events} of ${one.events} events: ${replayOf(shortest)}`);
  }
  if (failed.length > maxShown) lines.push(`and ${failed.length - maxShown} more seeds`);
  return lines.join("\n");
}

function table(counts: Readonly<Record<string, number>>): string[] {
  const width = Math.max(0, ...Object.keys(counts).map((name) => name.length));
  return Object.entries(counts).map(
    ([name, count]) => `  ${name.padEnd(width)}  ${String(count).padStart(8)}`,
  );
}
