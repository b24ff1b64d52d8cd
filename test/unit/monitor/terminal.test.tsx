import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import { render } from "ink-testing-library";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { VoteError } from "../../../src/runtime/core/errors.js";
import { renderLiveTally } from "../../../src/runtime/monitor/screen/live-tally.js";
import type { ElectionControl } from "../../../src/runtime/monitor/screen/monitor-app.js";
import { type Leaving, MonitorApp } from "../../../src/runtime/monitor/screen/monitor-app.js";
import { showMonitor } from "../../../src/runtime/monitor/screen/screen.js";
import { themeOf } from "../../../src/runtime/monitor/terminal/theme.js";
import { eventually } from "../../helpers/temporary.js";
import { figures, snapshot } from "./samples.js";

// Where CI is set ink draws only its last frame; it looks once, when it is loaded.
vi.hoisted(() => Object.assign(process.env, { CI: "false", CONTINUOUS_INTEGRATION: "false" }));

const theme = { color: false, unicode: true };

describe("keys", () => {
  async function app(control?: ElectionControl) {
    let reads = 0;
    const left: Leaving[] = [];
    const wanted: (string | undefined)[] = [];
    const elections = [
      { id: "other", title: "Other", status: "draft", createdAt: 2 },
      { id: "demo", title: "Demo", status: "open", createdAt: 1 },
    ] as const;
    const read = async (election?: string) => {
      wanted.push(election);
      const changes = election === undefined ? {} : { election };
      return snapshot(reads * 500, figures({ ada: ++reads * 100 }, changes), { elections });
    };
    const terminal = render(
      <MonitorApp
        read={read}
        control={control}
        theme={theme}
        terminal={new FakeTerminal()}
        onLeave={(how) => left.push(how)}
      />,
    );
    onTestFinished(() => terminal.unmount());
    const shows = (text: string) =>
      eventually(`"${text}" on the screen`, () => terminal.lastFrame()?.includes(text));
    await shows("100 counted");
    return { terminal, left, shows, wanted, reads: () => reads };
  }

  it("? shows the help and takes it away, also by Escape", async () => {
    const { terminal, shows } = await app();
    terminal.stdin.write("?");
    await shows("the recount agreed");
    terminal.stdin.write("?");
    await shows("retries absorbed");
    terminal.stdin.write("?");
    await shows("the recount agreed");
    terminal.stdin.write("\u001b");
    await shows("retries absorbed");
  });

  it("p stops the reading and lets it go on", async () => {
    const { terminal, shows, reads } = await app();
    terminal.stdin.write("p");
    await shows("PAUSED");
    const before = reads();
    terminal.stdin.write("p");
    await shows("p pause");
    await eventually("another read", () => reads() > before);
  });

  it("several at once each count", async () => {
    const { terminal, shows } = await app();
    terminal.stdin.write("--");
    await shows("every 2 s");
    terminal.stdin.write("+");
    await shows("every 1 s");
  });

  it("e and the arrows choose the election that is read from then on", async () => {
    const { terminal, shows, wanted } = await app();
    terminal.stdin.write("e");
    await shows("▸ demo");
    terminal.stdin.write("\u001b[A");
    await shows("▸ other");
    expect(wanted).not.toContain("other");
    terminal.stdin.write("\r");
    await shows("(other)");
    expect(wanted.at(-1)).toBe("other");
  });

  it("o and c change the election once its id is typed, and say how it went", async () => {
    const asked: string[] = [];
    const { terminal, shows } = await app({
      open: async () => {
        throw new VoteError("invalid-transition", "The election other has no candidates.");
      },
      close: async (election) => asked.push(election),
    });
    terminal.stdin.write("c");
    await shows("To close demo, type its id");
    await shows("This cannot be undone");
    terminal.stdin.write("dem");
    terminal.stdin.write("\r");
    await shows('"dem" is not the election\'s id');
    expect(asked).toEqual([]);
    terminal.stdin.write("cdemo\r");
    await shows("demo is closed now.");
    expect(asked).toEqual(["demo"]);
    terminal.stdin.write("o");
    await shows("demo is open already.");
    terminal.stdin.write("e");
    await shows("▸ demo");
    terminal.stdin.write("\u001b[A");
    await shows("▸ other");
    terminal.stdin.write("oother\r");
    await shows("The election other has no candidates.");
  });

  it("q leaves, Ctrl+C interrupts", async () => {
    const { terminal, left } = await app();
    terminal.stdin.write("q");
    await eventually("the first", () => left.length === 1);
    terminal.stdin.write("\u0003");
    await eventually("both", () => left.length === 2);
    expect(left).toEqual(["quit", "interrupt"]);
  });
});

/** As much of a terminal as ink asks for; a pty without a size has 0 columns. */
class FakeTerminal extends PassThrough {
  readonly isTTY = true;
  columns = 0;
  rows = 0;
  #written = "";

  constructor() {
    super({ encoding: "utf8" });
    this.on("data", (text: string) => {
      this.#written += text;
    });
  }

  get written(): string {
    return this.#written;
  }

  asOutput(): NodeJS.WriteStream {
    return this as unknown as NodeJS.WriteStream;
  }
}

class FakeKeyboard extends EventEmitter {
  readonly isTTY = true;
  raw = false;
  #keys: string | null = null;
  setRawMode(raw: boolean) {
    this.raw = raw;
    return this;
  }
  setEncoding() {}
  ref() {}
  unref() {}
  read() {
    const keys = this.#keys;
    this.#keys = null;
    return keys;
  }
  press(keys: string) {
    this.#keys = keys;
    this.emit("readable");
  }
}

describe("the screen", () => {
  const enter = "\u001b[?1049h";
  const leave = "\u001b[?1049l";

  function shown(read = async () => snapshot(0, figures({ ada: 100 }))) {
    const stdout = new FakeTerminal();
    const keyboard = new FakeKeyboard();
    const stdin = keyboard as unknown as NodeJS.ReadStream;
    const ended = showMonitor({ read, stdout: stdout.asOutput(), stdin, theme });
    return { stdout, keyboard, ended };
  }

  it("is another one, and is left as it was found", async () => {
    const { stdout, keyboard, ended } = shown();
    await eventually("keys to be read", () => keyboard.raw);
    expect(stdout.written.startsWith(enter)).toBe(true);
    expect(stdout.written).not.toContain(leave);
    keyboard.press("q");
    expect(await ended).toBe("quit");
    await eventually("the screen to be left", () => stdout.written.endsWith(leave));
    expect(stdout.written.split(leave)).toHaveLength(2);
    expect(stdout.written).not.toContain("\u001b[3J");
    expect(keyboard.raw).toBe(false);
  });

  it("is left on a signal too, and no listener stays behind", async () => {
    const events = ["SIGTERM", "SIGINT", "SIGHUP", "exit"] as const;
    const listeners = (event: string) => process.listeners(event as "SIGTERM");
    const before = events.map(listeners);
    const { stdout, keyboard, ended } = shown();
    await eventually("keys to be read", () => keyboard.raw);
    const own = listeners("SIGTERM").filter((one) => !before[0].includes(one));
    // Only the screen's and ink's own: vitest's would end the test.
    for (const listener of own) listener("SIGTERM");
    expect(await ended).toBe("interrupt");
    await eventually("the screen to be left", () => stdout.written.endsWith(leave));
    expect(events.map(listeners)).toEqual(before);
  });

  it("follows the size without ever clearing the scrollback", async () => {
    const { stdout, keyboard, ended } = shown();
    await eventually("figures", () => stdout.written.includes("100 counted"));
    const resize = (columns: number, rows: number) => {
      Object.assign(stdout, { columns, rows });
      stdout.emit("resize");
    };
    resize(70, 16);
    resize(50, 10);
    await eventually("too small", () => stdout.written.includes("terminal too small"));
    expect(stdout.written).not.toContain("\u001b[3J");
    keyboard.press("q");
    await ended;
  });

  it("is left when something inside breaks, which is then told", async () => {
    const { stdout, ended } = shown(() => Promise.reject(new Error("planted")));
    await expect(ended).rejects.toThrow("planted");
    await eventually("the screen to be left", () => stdout.written.endsWith(leave));
  });
});

describe("the live tally", () => {
  it("draws in the flow, follows its updates and leaves the last frame", () => {
    const stdout = new FakeTerminal();
    const live = renderLiveTally(stdout.asOutput(), theme);
    const props = {
      title: "Coin",
      status: "open",
      rows: figures({ ada: 100, grace: 300 }).result,
      rates: { votesPerSecond: 400, byCandidate: { ada: 100, grace: 300 } },
      phase: "Voting",
      elapsedSeconds: 1,
      totalSeconds: 10,
    } as const;
    live.update(props);
    live.update({ ...props, phase: "Recounting", status: "closed", elapsedSeconds: 11 });
    live.stop();
    live.stop();
    const { written } = stdout;
    expect(written).toContain("◐ Closed, recounting");
    expect(written).toMatch(/grace +█+░+ +300 +75\.0 % +\+300\/s/);
    expect(written).toMatch(/400 counted {2}400\/s +Recounting 11 s/);
    expect(written).not.toContain("\u001b[?1049h");
    expect(written).not.toContain("\u001b[3J");
  });

  it("shows the mean once the voting is over, and no rate beside the candidates", () => {
    const stdout = new FakeTerminal();
    const live = renderLiveTally(stdout.asOutput(), theme);
    live.update({
      title: "Coin",
      status: "certified",
      rows: figures({ ada: 100, grace: 300 }).result,
      rates: { votesPerSecond: 400, byCandidate: { ada: 100, grace: 300 } },
      meanPerSecond: 390,
      phase: "Certified",
      elapsedSeconds: 12,
      totalSeconds: 10,
    });
    live.stop();
    expect(stdout.written).toMatch(/400 counted {2}mean 390\/s +Certified 12 s/);
    expect(stdout.written).not.toMatch(/[+]\d+\/s/);
  });
});

describe("the live tally of a large count", () => {
  it("keeps figures and progress apart, and whole, on 80 columns", () => {
    const stdout = new FakeTerminal();
    stdout.columns = 80;
    const live = renderLiveTally(stdout.asOutput(), theme);
    live.update({
      title: "Coin",
      status: "closed",
      rows: figures({ ada: 1_191_939, grace: 1_191_939 }).result,
      rates: { votesPerSecond: 0, byCandidate: {} },
      meanPerSecond: 249_870,
      phase: "Recounting",
      progress: "10 of 16 partitions, 4.5 s left",
      elapsedSeconds: 12,
      totalSeconds: 10,
    });
    live.stop();
    expect(stdout.written).toMatch(
      /2,383,878 counted {2}mean 249,870\/s {2,}Recounting 10 of 16 partitions, 4\.5 s left/,
    );
  });
});

describe("themeOf", () => {
  it.each([
    [{ TERM: "xterm-256color", LANG: "en_US.UTF-8" }, true, true],
    [{ NO_COLOR: "1", LANG: "C.utf8" }, false, true],
    [{ NO_COLOR: "" }, true, true],
    [{ FORCE_COLOR: "0" }, false, true],
    [{ TERM: "dumb" }, false, true],
    [{ LC_ALL: "C", LANG: "en_US.UTF-8" }, true, false],
    [{ TERM: "linux" }, true, false],
  ])("%j", (environment, color, unicode) => {
    expect(themeOf(environment)).toEqual({ color, unicode });
  });
});
