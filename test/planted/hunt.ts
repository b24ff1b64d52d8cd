/**
 * A process of its own: `hunt.ts DIRECTORY FROM SEEDS MS` simulates with the build in a directory
 * until a seed breaks a promise, and prints what it found as JSON. A defect may hang or end it.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type * as Seeds from "../../src/runtime/sim/seeds.js";
import type { Hunted } from "./search.js";

const [directory, from, seeds, withinMs] = process.argv.slice(2);
const { href } = pathToFileURL(join(directory, "dist/runtime/sim/seeds.js"));
const { runSeeds }: typeof Seeds = await import(href);
// Whoever started it is gone: nobody hears what is found.
process.stdin.on("end", () => process.exit(1)).resume();
const found = new AbortController();
let ran = 0;
let hunted: Omit<Hunted, "ran"> = {};
try {
  await runSeeds({
    from: Number(from),
    seeds: Number(seeds),
    withinMs: Number(withinMs),
    signal: found.signal,
    shrinkRuns: 0,
    done({ seed, broken }) {
      ran++;
      if (broken.length === 0) return;
      hunted = { seed, broken };
      found.abort();
    },
  });
} catch (error) {
  const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
  hunted = { seed: Number(from) + ran, broken: [`The simulation goes on to its end: ${words}`] };
}
process.stdin.destroy();
process.stdout.write(JSON.stringify({ ...hunted, ran }));
