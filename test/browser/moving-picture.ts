/**
 * The moving picture of README.md, of a real `vote demo` on this machine, in real time: its
 * terminal beside the results page. Browser and camera take the demo's processor time, so that it
 * may end as correct and not fast: the verdict in README.md is of a demo without them.
 *
 *   npx tsx test/browser/moving-picture.ts
 *   npx tsx test/browser/moving-picture.ts --rps 50000      flags of the demo
 *
 * Wants Debian's tmux and chromium. Run it on a quiet machine.
 */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { constants, setPriority } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Page } from "playwright-core";
import { launchBrowser } from "../helpers/browser/chromium.js";
import { type Moment, movingPicture } from "../helpers/moving-picture.js";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));
const size = { columns: 84, rows: 34 };
const pageSize = { width: 560, height: 572 };
/** The window that is shown within it, smaller. */
const viewport = { width: 840, height: 858 };
const terminalEveryMs = 1_000;
const pageEveryMs = 2_500;
const holdMs = 5_000;
const withinMs = 240_000;
const end = "The demo is over.";

const tmux = (...args: string[]) => run("tmux", ["-L", `vote-picture-${process.pid}`, ...args]);

/** What the terminal shows now, or with `all` has shown. */
async function screen(all = false): Promise<string> {
  const { stdout } = await tmux("capture-pane", "-p", "-t", "demo", ...(all ? ["-S", "-300"] : []));
  return stdout.trimEnd();
}

async function startDemo(): Promise<void> {
  const flags = process.argv.slice(2).map((word) => `'${word}'`);
  const demo = [`'${process.execPath}'`, "bin/run.js", "demo", ...flags].join(" ");
  // Wide lines are cut, not wrapped, so the last line stays where it is looked for.
  const command = `env -u CI -u NO_COLOR LANG=C.UTF-8 ${demo}`;
  const script = `cd '${root}' && ${command}; echo '${end}'; sleep 600`;
  const { columns, rows } = size;
  const window = ["-x", String(columns), "-y", String(rows)];
  await tmux("-f", "/dev/null", "new-session", "-d", "-s", "demo", ...window, "sh", "-c", script);
}

/** Follows the page from when the terminal names it, until the terminal says that it is over. */
async function recorded(page: Page) {
  const terminal: Moment<string>[] = [];
  const pictures: Moment<Buffer>[] = [];
  const startedAt = performance.now();
  const now = () => performance.now() - startedAt;
  let isOver = false;
  const filming = (async () => {
    let url: string | undefined;
    while (!isOver) {
      url ??= /http:\S+\/elections\/\S+/.exec(await screen(true))?.[0];
      if (url !== undefined && page.url() === "about:blank") await page.goto(url);
      if (url !== undefined) {
        const atMs = now();
        pictures.push({ atMs, shows: await page.screenshot({ type: "jpeg", quality: 35 }) });
      }
      await sleep(pageEveryMs);
    }
  })();
  while (!isOver && now() < withinMs) {
    const shows = await screen();
    isOver = shows.includes(end);
    if (!isOver && terminal.at(-1)?.shows !== shows) terminal.push({ atMs: now(), shows });
    await sleep(terminalEveryMs);
  }
  if (!isOver) throw new Error(`The demo did not end within ${withinMs / 1_000} s.`);
  await filming;
  return { terminal, pictures, overMs: now(), text: await screen(true) };
}

await startDemo();
// The demo goes first: browser and camera share its cores.
setPriority(constants.priority.PRIORITY_LOW);
const browser = await launchBrowser();
try {
  const page = await browser.newPage({ viewport, locale: "en-US", colorScheme: "light" });
  const { terminal, pictures, overMs, text } = await recorded(page);
  const report = text.slice(text.search(/^[✓✗] /m));
  terminal.push({ atMs: overMs, shows: report.split("\n").slice(0, size.rows).join("\n") });
  const svg = movingPicture({
    ...size,
    terminal,
    page: pictures,
    pageSize,
    lengthMs: overMs + holdMs,
    title: "vote demo in a terminal, beside the live results page",
  });
  await writeFile(join(root, "docs/images/demo.svg"), svg);
  console.log(`${svg.length} bytes, ${terminal.length} screens, ${pictures.length} pictures`);
} finally {
  await browser.close();
  await tmux("kill-server").catch(() => undefined);
}
