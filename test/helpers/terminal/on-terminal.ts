import { fileURLToPath } from "node:url";
import { runPython } from "../cluster/python.js";

export interface TerminalStep {
  /** Waits for this text among what was written since the step before. */
  readonly until: string;
  readonly write?: string;
  readonly signal?: string;
  /** Columns and rows. */
  readonly resize?: readonly [number, number];
}

export interface TerminalRun {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly columns: number;
  readonly rows: number;
  readonly steps: readonly TerminalStep[];
}

export interface LeftOnTerminal {
  /** Negative after a signal. */
  readonly code: number;
  readonly output: string;
  /** The terminal's settings (termios), to be compared. */
  readonly before: readonly unknown[];
  readonly after: readonly unknown[];
}

const script = fileURLToPath(new URL("on-terminal.py", import.meta.url));

/** Runs a program on a real pseudo-terminal. Wants Python. */
export function onTerminal(run: TerminalRun): Promise<LeftOnTerminal> {
  return runPython<LeftOnTerminal>(script, [], Buffer.from(JSON.stringify(run)));
}
