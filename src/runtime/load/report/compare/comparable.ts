import type { LoadRecord } from "../../../contracts/load/load-record.js";
import type { ComparedRun } from "./compare.js";

/** What makes runs hard to compare, a sentence each. The reader decides whether it matters. */
export function comparisonWarnings(
  base: readonly ComparedRun[],
  candidate: readonly ComparedRun[],
): string[] {
  const all = [...base, ...candidate];
  const warnings = facts.flatMap(([what, of]) => {
    const values = [...new Set(all.map(({ record }) => of(record)))];
    return values.length < 2 ? [] : [`Not the same ${what}: ${values.join("; ")}.`];
  });
  for (const { file, record } of all) {
    if (!record.valid) {
      const why = record.invalidReasons.join(" ");
      warnings.push(`${file} is not valid as a measurement. ${why}`);
    }
    if (!record.reconciled) warnings.push(`${file} does not reconcile.`);
    if (record.interrupted) warnings.push(`${file} was cut short.`);
  }
  return warnings;
}

const facts: readonly (readonly [string, (record: LoadRecord) => string])[] = [
  ["scenario", ({ scenario }) => scenario],
  ["engine", ({ engine }) => engine],
  ["generator", ({ generator }) => `${generator.name}, ${generator.processes} processes`],
  ["target", ({ targetPerSecond }) => `${Math.round(targetPerSecond)} votes a second`],
  ["way in", ({ streams }) => streams.map(({ name, via }) => `${name} via ${via}`).join(", ")],
  [
    "host",
    ({ host }) => `${host.cores} cores, ${host.memoryGiB} GiB, Node.js ${host.node}, ${host.os}`,
  ],
];
