import { mkdir, open, rename } from "node:fs/promises";
import { join } from "node:path";
import type { DecisionTable } from "../../contracts/audit/decision-table.js";
import type { Candidate } from "../../core/election.js";
import { rejectionReasons, rejectionsByName } from "../../core/formats/decision.js";
import type { LedgerReader } from "../../ledger/port.js";
import type { RegistryReader } from "../../registry/port.js";
import { endedElection } from "../ended-election.js";
import { requireUnwritten, unfinished } from "../written-directory.js";
import { type DecisionRow, decisionRows, type PartitionSums } from "./decision-rows.js";

interface ExportCsvOptions {
  readonly election: string;
  readonly ledger: LedgerReader;
  readonly registry: RegistryReader;
  /** Made if it is missing. */
  readonly directory: string;
  readonly onPartition?: (partition: number, rows: number) => void;
}

/** The one file, below the directory. */
const tableFile = "decisions.csv";
const columns =
  "partition,segment,ballot,voter_tag,ballot_id,received_at,choice,candidate,decision\n";

/**
 * Writes each kept decision of an election that has ended as one line of a CSV file (RFC 4180, with
 * `\n`), in the order of partitions and their chains. Memory holds one segment.
 *
 * @throws VoteError `unknown-election`, `election-not-closed`, `corrupt-registry`,
 *   `corrupt-segment`, `not-sealed`; `invalid-usage` for a directory that holds a finished table;
 *   or that a store cannot be read
 */
export async function exportCsv(options: ExportCsvOptions): Promise<DecisionTable> {
  const { election: id, ledger, registry, directory, onPartition } = options;
  await requireUnwritten(directory, tableFile, "a finished table");
  const election = await endedElection(registry, id, "exported");
  const { candidates } = election;
  await mkdir(directory, { recursive: true });
  const path = join(directory, tableFile);
  const file = await open(path + unfinished, "w");
  const sums: PartitionSums[] = [];
  let rows = 0;
  try {
    await file.appendFile(columns);
    for (let partition = 0; partition < election.partitions; partition++) {
      const before = rows;
      const decisions = decisionRows(ledger, election, partition);
      for (;;) {
        const next = await decisions.next();
        if (next.done) {
          sums.push(next.value);
          break;
        }
        rows += next.value.length;
        await file.appendFile(next.value.map((row) => lineOf(row, candidates)).join(""));
      }
      onPartition?.(partition, rows - before);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(path + unfinished, path);
  return { election: id, file: tableFile, rows, ...totalsOf(sums, candidates) };
}

/** No field needs quotes: ids have neither commas nor blanks. */
function lineOf(row: DecisionRow, candidates: readonly Candidate[]): string {
  const { partition, segment, ballot, voterTag, ballotId, receivedAt, choice, decision } = row;
  const received = new Date(receivedAt).toISOString();
  const candidate = candidates[choice]?.id ?? "";
  const place = `${partition},${segment},${ballot}`;
  return `${place},${voterTag},${ballotId},${received},${choice},${candidate},${decision}\n`;
}

function totalsOf(sums: readonly PartitionSums[], candidates: readonly Candidate[]) {
  const total = (figure: (one: PartitionSums) => number) =>
    sums.reduce((sum, one) => sum + figure(one), 0);
  const rejections = rejectionReasons.map((_, index) => total((one) => one.rejections[index]));
  const result = candidates.map(({ id: candidate }, index) => {
    return { candidate, votes: total(({ counts }) => counts[index]) };
  });
  return {
    result,
    counted: result.reduce((sum, { votes }) => sum + votes, 0),
    rejected: rejectionsByName(rejections),
    unkept: total(({ unkept }) => unkept),
    retriesAbsorbed: total(({ retriesAbsorbed }) => retriesAbsorbed),
  };
}
