import { useApp, useInput, useStdin } from "ink";
import { type Dispatch, useEffect, useReducer, useState } from "react";
import { initialMonitorState, type MonitorAction, reduceMonitor } from "./reducer.js";
import type { Snapshot } from "./snapshot.js";
import { type Resizable, sizeOf } from "./terminal-size.js";
import { type Theme, ThemeContext } from "./theme.js";
import { MonitorView } from "./view.js";

/** How the person left: by `q`, or by Ctrl+C. */
export type Leaving = "quit" | "interrupt";

export interface MonitorAppProps {
  readonly read: () => Promise<Snapshot>;
  readonly theme: Theme;
  /** Whose size to follow: the real one, which ink does not know (see `forInk`). */
  readonly terminal: Resizable;
  readonly onLeave: (leaving: Leaving) => void;
}

/** The view kept alive: asks on a timer, follows the terminal's size, obeys the keys. */
export function MonitorApp({ read, theme, terminal, onLeave }: MonitorAppProps) {
  const [state, dispatch] = useReducer(reduceMonitor, initialMonitorState);
  const size = useSize(terminal);
  usePolling(read, state.refreshMs, state.paused, dispatch);
  const { isRawModeSupported } = useStdin();
  useInput(
    (input, key) => {
      if (key.ctrl) {
        if (input === "c") onLeave("interrupt");
        return;
      }
      if (key.escape && state.help) dispatch({ type: "toggle-help" });
      // Keys struck in quick succession arrive as one input.
      for (const character of input) {
        const action = keyActions.get(character);
        if (character === "q") onLeave("quit");
        else if (action !== undefined) dispatch(action);
      }
    },
    // Without keys (standard input from a file) it is still worth watching. Ink leaves the value
    // undefined then, which it would itself take for active.
    { isActive: isRawModeSupported === true },
  );
  return (
    <ThemeContext.Provider value={theme}>
      <MonitorView state={state} size={size} />
    </ThemeContext.Provider>
  );
}

const keyActions: ReadonlyMap<string, MonitorAction> = new Map([
  ["p", { type: "toggle-pause" }],
  ["?", { type: "toggle-help" }],
  ["h", { type: "toggle-help" }],
  ["+", { type: "faster" }],
  // The plus key without shift on many keyboards.
  ["=", { type: "faster" }],
  ["-", { type: "slower" }],
]);

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

/** One read at a time: the next one is due `refreshMs` after the last one has been answered. */
function usePolling(
  read: () => Promise<Snapshot>,
  refreshMs: number,
  paused: boolean,
  dispatch: Dispatch<MonitorAction>,
) {
  const { exit } = useApp();
  useEffect(() => {
    if (paused) return;
    let timer: NodeJS.Timeout | undefined;
    let over = false;
    const poll = async () => {
      try {
        const snapshot = await read();
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
  }, [read, refreshMs, paused, dispatch, exit]);
}
