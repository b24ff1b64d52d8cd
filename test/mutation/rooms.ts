/** Folders whose unit tests are measured, and how many mutants of each are drawn. */
export interface Room {
  readonly name: string;
  /** The sources: files directly in these folders. */
  readonly sources: readonly string[];
  /** The tests, by their path. */
  readonly tests: RegExp;
  readonly mutants: number;
}

const runtime = "src/runtime";
const tally = ["", "/snapshots", "/telemetry"].map((part) => `${runtime}/tally${part}`);
const recountParts = ["", "/certificate", "/findings", "/ledger", "/log", "/receipt"];
const recount = recountParts.map((part) => `${runtime}/recount${part}`);
const batcherTests =
  /unit\/ingest\/(gather\/|(batch|open-frame|single|log-faults|closing|receipts)\.test)/;

export const rooms: readonly Room[] = [
  {
    name: "core",
    sources: [`${runtime}/core`],
    tests: /unit\/core\/[a-z-]+\.test/,
    mutants: 160,
  },
  {
    name: "core/formats",
    sources: [`${runtime}/core/formats`],
    // The vectors start a process in another language.
    tests: /unit\/core\/formats\/(?!vectors)/,
    mutants: 120,
  },
  {
    name: "core/fold",
    sources: [`${runtime}/core/fold`],
    tests: /unit\/core\/fold\/fold\.test/,
    mutants: 110,
  },
  {
    name: "elections",
    sources: [`${runtime}/elections`],
    tests: /unit\/elections\//,
    mutants: 120,
  },
  {
    name: "ingest/gather",
    sources: [`${runtime}/ingest/gather`],
    tests: batcherTests,
    mutants: 120,
  },
  { name: "recount", sources: recount, tests: /unit\/recount\//, mutants: 110 },
  {
    name: "tally",
    sources: tally,
    tests: /unit\/tally\/(partition-tally|snapshot-file|tally-meter|view-publ|followed)/,
    mutants: 110,
  },
];
