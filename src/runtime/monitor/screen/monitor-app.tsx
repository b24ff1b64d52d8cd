import { type Key, useApp, useInput, useStdin } from "ink";
import { type Dispatch, useEffect, useReducer, useState } from "react";
import { VoteError } from "../../core/errors.js";
import type { ReadSnapshot } from "../read/read-snapshot.js";
import type { Interaction, KeyPress } from "../state/interaction.js";
import {
  initialMonitorState,
  type MonitorAction,
  type MonitorState,
  reduceMonitor,
} from "../state/reducer.js";
import { type Resizable, sizeOf } from "../terminal/terminal-size.js";
import { type Theme, ThemeContext } from "../terminal/theme.js";
import { MonitorView } from "./view.js";

/** Opens and closes elections; throws VoteError with what the admin API said. */
export interface ElectionControl {
  open(election: string): Promise<unknown>;
  close(election: string): Promise<unknown>;
}

/** How the person left: with `q`, or with Ctrl+C. */
export type Leaving = "quit" | "interrupt";

interface MonitorAppProps {
  readonly read: ReadSnapshot;
  /** Without it, the monitor cannot open and close elections. */
  readonly control?: ElectionControl | undefined;
  /** How its reader types the command: `npm run vote -- recount`. Default: `vote recount`. */
  readonly recountCommand?: string | undefined;
  readonly theme: Theme;
  /** The real terminal, whose size ink does not know (see `forInk`). */
  readonly terminal: Resizable;
  readonly onLeave: (leaving: Leaving) => void;
}

/** Keeps the view up to date: reads on a timer, follows the terminal's size, obeys the keys. */
export function MonitorApp(props: MonitorAppProps) {
  const { read, control, theme, terminal, onLeave } = props;
  const { recountCommand = initialMonitorState.recountCommand } = props;
  const initial = { ...initialMonitorState, control: control !== undefined, recountCommand };
  const [state, dispatch] = useReducer(reduceMonitor, initial);
  const size = useSize(terminal);
  usePolling(read, state, dispatch);
  useControl(control, state.interaction.request, dispatch);
  const { isRawModeSupported } = useStdin();
  useEffect(() => {
    if (state.left) onLeave("quit");
  }, [state.left, onLeave]);
  useInput(
    (input, key) => {
      if (key.ctrl && input === "c") onLeave("interrupt");
      if (key.ctrl) return;
      for (const press of keysOf(input, key)) dispatch({ type: "key", key: press });
    },
    // Without keys (standard input from a file) watching is still useful. Ink then leaves the value
    // undefined, which it would take for active.
    { isActive: isRawModeSupported === true },
  );
  return (
    <ThemeContext.Provider value={theme}>
      <MonitorView state={state} size={size} />
    </ThemeContext.Provider>
  );
}

/** Keys pressed in quick succession arrive as one input. */
function keysOf(input: string, key: Key): readonly KeyPress[] {
  if (key.tab) return [key.shift ? "back-tab" : "tab"];
  if (key.return) return ["enter"];
  if (key.escape) return ["escape"];
  if (key.backspace || key.delete) return ["backspace"];
  if (key.upArrow) return ["up"];
  if (key.downArrow) return ["down"];
  return [...input].map((character) => (character === "\r" ? "enter" : character));
}

/** Carries out the change that the person requested, and shows the outcome. */
function useControl(
  control: ElectionControl | undefined,
  request: Interaction["request"],
  dispatch: Dispatch<MonitorAction>,
) {
  useEffect(() => {
    if (control === undefined || request === undefined) return;
    const { change, election } = request;
    const work = change === "open" ? control.open(election) : control.close(election);
    const tell = (level: "info" | "failure", text: string) =>
      dispatch({ type: "notice", notice: { level, text } });
    work.then(
      () => tell("info", `${election} is ${change === "open" ? "open" : "closed"} now.`),
      (error: unknown) => tell("failure", reasonOf(error)),
    );
  }, [control, request, dispatch]);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof VoteError)) return "It failed unexpectedly.";
  return error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
}

function useSize(terminal: Resizable) {
  const [size, setSize] = useState(() => sizeOf(terminal));
  useEffect(() => {
    const follow = () => setSize(sizeOf(terminal));
    terminal.on("resize", follow);
    return () => {
      terminal.off("resize", follow);
    };
  }, [terminal]);
  return size;
}

/** Reads again `refreshMs` after each answer. */
function usePolling(
  read: ReadSnapshot,
  { refreshMs, paused, interaction: { election } }: MonitorState,
  dispatch: Dispatch<MonitorAction>,
) {
  const { exit } = useApp();
  useEffect(() => {
    if (paused) return;
    let timer: NodeJS.Timeout | undefined;
    let over = false;
    const poll = async () => {
      try {
        const snapshot = await read(election);
        if (over) return;
        dispatch({ type: "snapshot", snapshot });
        timer = setTimeout(() => void poll(), refreshMs);
      } catch (error) {
        exit(error instanceof Error ? error : new Error(String(error)));
      }
    };
    void poll();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [read, refreshMs, paused, election, dispatch, exit]);
}
