import { type LoadProgress, progressBar, progressText } from "../runtime/load/run/progress.js";

/** Where a run's progress is shown. */
export interface ProgressDisplay {
  update(progress: LoadProgress): void;
  /** Leaves the line free for what is printed next. */
  stop(): void;
}

const clearLine = "\r\u001b[2K";

/**
 * On a terminal one line that is drawn over, otherwise a line for each update.
 *
 * @param terminal undefined when standard output is none, or is for programs
 * @param print    a line for people
 */
export function progressDisplay(
  terminal: { write(text: string): unknown } | undefined,
  print: (line: string) => void,
): ProgressDisplay {
  if (terminal === undefined) {
    return { update: (progress) => print(progressText(progress)), stop: () => undefined };
  }
  return {
    update: (progress) => void terminal.write(`${clearLine}${progressBar(progress)}`),
    stop: () => void terminal.write(clearLine),
  };
}
