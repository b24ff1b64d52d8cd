import { spawn } from "node:child_process";
import { join, resolve } from "node:path";

/** What a process that simulates has found; without a seed, nothing. */
export interface Hunted {
  /** So many simulations went on to their end. */
  readonly ran: number;
  readonly seed?: number;
  readonly broken?: readonly string[];
  /** It was ended, because a simulation hung. */
  readonly isEnded?: boolean;
}

/** Where to look for a broken promise, and how long. */
export interface Search {
  readonly from: number;
  readonly seeds: number;
  readonly withinMs: number;
}

/** A simulation that goes on for so much longer hangs. */
const hangsAfterMs = 60_000;
const root = resolve(import.meta.dirname, "../..");

/** Simulates with the build in a directory until a seed breaks a promise, or to the bound. */
export function hunt(directory: string, { from, seeds, withinMs }: Search): Promise<Hunted> {
  const script = join(import.meta.dirname, "hunt.ts");
  const figures = [from, seeds, withinMs].map(String);
  const args = ["--import", "tsx", script, directory, ...figures];
  const env = { ...process.env, NODE_OPTIONS: "" };
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, args, {
      ...{ cwd: root, env, timeout: Math.ceil(withinMs) + hangsAfterMs, killSignal: "SIGKILL" },
      stdio: ["pipe", "pipe", "inherit"],
    });
    const output: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
    child.on("error", failed);
    child.on("close", (code, signal) => {
      const text = Buffer.concat(output).toString("utf8");
      if (signal === "SIGKILL") done({ ran: 0, isEnded: true });
      else if (code === 0 && text !== "") done(JSON.parse(text));
      else failed(new Error(`the simulations ended with ${code ?? signal}`));
    });
  });
}

const kept = new Map<string, Promise<boolean>>();

/** Whether a build keeps every promise with a seed. */
function isKept(directory: string, seed: number): Promise<boolean> {
  const key = `${directory} ${seed}`;
  const search = { from: seed, seeds: 1, withinMs: hangsAfterMs };
  const known =
    kept.get(key) ?? hunt(directory, search).then(({ ran, broken }) => ran === 1 && !broken);
  kept.set(key, known);
  return known;
}

/** How a planted defect was found; without a seed, it was not. */
export interface Find {
  readonly seed?: number;
  /** The promise that broke first, and how. */
  readonly broken?: string;
  readonly why?: string;
}

/**
 * Looks for a seed that breaks a promise of the planted build and none of the healthy one: only
 * that shows that the defect was found.
 */
export async function findDefect(planted: string, healthy: string, search: Search): Promise<Find> {
  const endsAt = performance.now() + search.withinMs;
  const end = search.from + search.seeds;
  let { from } = search;
  while (from < end && performance.now() < endsAt) {
    const withinMs = endsAt - performance.now();
    const { seed, broken, ran, isEnded } = await hunt(planted, {
      from,
      seeds: end - from,
      withinMs,
    });
    if (isEnded) return { why: `a simulation from seed ${from} on hangs` };
    from = seed === undefined ? from + ran : seed + 1;
    if (seed === undefined) continue;
    if (await isKept(healthy, seed)) return { seed, broken: broken?.[0] ?? "" };
  }
  return { why: `not in ${from - search.from} seeds` };
}
