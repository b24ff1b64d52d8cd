/** One rate that was tried. */
export interface SearchTrial {
  readonly votesPerSecond: number;
  readonly sentPerSecond: number;
  readonly held: boolean;
  /** False when the generator was the limit: the trial says nothing about the system. */
  readonly valid: boolean;
  /** Why it did not hold, or is not valid. */
  readonly why: readonly string[];
  readonly acknowledgeP99Ms: number;
  readonly visibleP99Ms: number;
}

/** How the highest rate was looked for. */
export interface SearchRecord {
  readonly trials: readonly SearchTrial[];
  /** Votes a second that held twice; null if none did. */
  readonly found: number | null;
  /** What ended at higher rates: "generator" says that the system's limit was not found. */
  readonly limit: "system" | "generator" | "bounds";
}

/** One line a trial. */
export function trialText(trial: SearchTrial): string {
  const { votesPerSecond, held, valid, why, acknowledgeP99Ms } = trial;
  const word = held ? "holds" : valid ? "does not hold" : "not valid";
  const because = why.length === 0 ? "" : `: ${why.join("; ")}`;
  return `${votesPerSecond}/s ${word} (p99 ${acknowledgeP99Ms.toFixed(1)} ms)${because}`;
}
