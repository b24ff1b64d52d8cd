import { render } from "ink";
import type { ReadSnapshot } from "../read/read-snapshot.js";
import { forInk } from "../terminal/terminal-size.js";
import { type Theme, themeOf } from "../terminal/theme.js";
import { type ElectionControl, type Leaving, MonitorApp } from "./monitor-app.js";

const enterAlternateScreen = "\u001b[?1049h\u001b[H";
const leaveAlternateScreen = "\u001b[?1049l";
const clearScreen = "\u001b[2J\u001b[H";

interface ScreenOptions {
  readonly read: ReadSnapshot;
  readonly control?: ElectionControl | undefined;
  readonly recountCommand?: string;
  readonly stdout?: NodeJS.WriteStream;
  readonly stdin?: NodeJS.ReadStream;
  readonly theme?: Theme;
}

/**
 * Takes the whole terminal until the person leaves or a signal comes, then restores it: every way
 * out, even an uncaught exception, leaves the alternate screen.
 *
 * @returns how it ended; rejects with any error from inside
 */
export async function showMonitor(options: ScreenOptions): Promise<Leaving> {
  const { stdout = process.stdout, stdin = process.stdin, theme = themeOf(process.env) } = options;
  let leaving: Leaving = "quit";
  // Runs before ink's own listener, so that ink draws onto an empty screen.
  const onResize = () => stdout.write(clearScreen);
  stdout.on("resize", onResize);
  stdout.write(enterAlternateScreen);
  const leave = (how: Leaving) => {
    leaving = how;
    instance.unmount();
  };
  const { read, control, recountCommand } = options;
  const app = (
    <MonitorApp {...{ read, control, recountCommand, theme }} terminal={stdout} onLeave={leave} />
  );
  const instance = render(app, {
    stdout: forInk(stdout, theme.unicode),
    stdin,
    exitOnCtrlC: false,
    // Not incrementalRendering: in ink 6.8 every frame lower than the terminal slips down a row.
    maxFps: 10,
  });
  const restore = () => {
    // Unmounting draws a last frame, which must go to the alternate screen.
    instance.unmount();
    stdout.off("resize", onResize);
    stdout.write(leaveAlternateScreen);
  };
  const onSignal = () => leave("interrupt");
  for (const signal of signals) process.on(signal, onSignal);
  process.on("exit", restore);
  try {
    await instance.waitUntilExit();
    return leaving;
  } finally {
    process.off("exit", restore);
    restore();
    for (const signal of signals) process.off(signal, onSignal);
  }
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
