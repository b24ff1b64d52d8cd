/**
 * The captures of `vote monitor` in docs/how-to/monitor.md, of a real run on this
 * machine:
 *
 *   npx tsx test/cli/monitor/monitor-captures.ts
 *
 * Wants Debian's tmux. Each stands between a comment `capture COLUMNSxROWS` and the next fence.
 */
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { sandbox } from "../../helpers/run-vote.js";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../../", import.meta.url));
const program = join(root, "bin/run.js");
const captures = [{ file: "docs/how-to/monitor.md", columns: 120, rows: 40 }];
const watchSeconds = 12;
const roundSeconds = captures.length * (watchSeconds + 4);

async function captured(statePath: string, columns: number, rows: number): Promise<string> {
  // A server of its own: nobody else's sessions are touched.
  const tmux = (...args: string[]) => run("tmux", ["-L", `vote-captures-${process.pid}`, ...args]);
  const size = ["-x", String(columns), "-y", String(rows)];
  const env = ["LANG=C.UTF-8", "VOTE_SKIP_ENSURE=1", `XDG_STATE_HOME=${statePath}`];
  const command = ["env", "-u", "CI", ...env, process.execPath, program, "monitor"];
  await tmux("-f", "/dev/null", "new-session", "-d", "-s", "captures", ...size, ...command);
  try {
    await sleep(watchSeconds * 1_000);
    const { stdout } = await tmux("capture-pane", "-p", "-t", "captures");
    return stdout
      .split("\n")
      .map((line) => line.trimEnd())
      .join("\n")
      .trimEnd();
  } finally {
    await tmux("kill-server");
  }
}

async function put(file: string, mark: string, text: string): Promise<void> {
  const path = join(root, file);
  const before = await readFile(path, "utf8");
  const block = new RegExp(`(<!-- capture ${mark} -->\\n\\n\`\`\`)[^]*?(\\n\`\`\`)`);
  if (!block.test(before)) throw new Error(`${file} has no place for the capture ${mark}.`);
  await writeFile(
    path,
    before.replace(block, (_, start: string, end: string) => `${start}\n${text}${end}`),
  );
}

const box = sandbox();
try {
  const dev = box.start("dev", "--port", "0", "--json");
  await dev.line(/"event":"ready"/);
  const rate = ["--rps", "5000", "--via", "http", "--duration", `${roundSeconds}s`];
  const load = box.vote("load", ...rate, "--allow-others");
  for (const { file, columns, rows } of captures) {
    const text = await captured(join(box.path, "state"), columns, rows);
    await put(file, `${columns}x${rows}`, text);
  }
  await load;
} finally {
  await box.remove();
}
