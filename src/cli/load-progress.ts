import { type LoadProgress, progressBar, progressText } from "../runtime/load/run/progress.js";

/** Shows the progress of a run. */
export interface ProgressDisplay {
  update(progress: LoadProgress): void;
  /** Clears the line for what is printed next. */
  stop(): void;
}

const clearLine = "\r\u001b[2K";

/**
 * Shows progress as one line that is redrawn on a terminal, otherwise as a line for each update.
 *
 * @param terminal undefined when standard output is not a terminal, or is read by a program
 * @param print    prints a line for people
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
