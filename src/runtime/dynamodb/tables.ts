import { VoteError } from "../core/errors.js";
import { sleep } from "../time/clock.js";

/** A table's keys, the same as in the templates in compose/dynamodb. */
export interface TableKeys {
  readonly partitionKey: { readonly name: string; readonly type: "S" };
  readonly sortKey: { readonly name: string; readonly type: "S" | "N" };
}

/** The keys of the segments table. */
export const segmentKeys: TableKeys = {
  partitionKey: { name: "chain", type: "S" },
  sortKey: { name: "sequence", type: "N" },
};

/** The keys of the registry table. */
export const registryKeys: TableKeys = {
  partitionKey: { name: "kind", type: "S" },
  sortKey: { name: "id", type: "S" },
};

export interface TableDescription {
  readonly active: boolean;
  /** "chain S, sequence N": names and types, partition key first. */
  readonly keys: string;
  readonly deletionProtection: boolean;
  /** Undefined where the server does not support it, such as DynamoDB Local. */
  readonly pointInTimeRecovery?: boolean;
  /** Time to live would delete decided votes. */
  readonly timeToLive?: boolean;
}

/** The administrative calls. All throw VoteError `ledger-unavailable`. */
export interface TableAdministration {
  describe(table: string): Promise<TableDescription | undefined>;
  /** Creates a table, on demand, with deletion protection. An existing table is no error. */
  create(table: string, keys: TableKeys): Promise<void>;
  /** @returns false where the server does not support it */
  enablePointInTimeRecovery(table: string): Promise<boolean>;
}

/** A table setting that is not as durability needs it. */
export interface TableFinding {
  readonly table: string;
  readonly setting:
    | "table"
    | "keys"
    | "deletion-protection"
    | "point-in-time-recovery"
    | "time-to-live";
  readonly found: string;
  readonly wanted: string;
  /** The command that would put it right; we never change a table that already exists. */
  readonly fix: string;
}

export interface EnsuredTables {
  readonly created: readonly string[];
  /** What must be put right by hand. */
  readonly findings: readonly TableFinding[];
}

const pollMs = 200;
const activeWithinMs = 120_000;

/** Renders a table's keys for people. */
export const keysText = ({ partitionKey, sortKey }: TableKeys): string =>
  `${partitionKey.name} ${partitionKey.type}, ${sortKey.name} ${sortKey.type}`;

/**
 * Compares each table with the keys and settings that it must have.
 *
 * @throws VoteError `ledger-unavailable`
 */
export async function checkTables(
  administration: TableAdministration,
  tables: ReadonlyMap<string, TableKeys>,
): Promise<TableFinding[]> {
  const findings: TableFinding[] = [];
  for (const [table, keys] of tables) {
    findings.push(...findingsOf(table, keys, await administration.describe(table)));
  }
  return findings;
}

/**
 * Creates the tables that are missing, and reports what else is not as it must be. A table that
 * exists is never changed.
 *
 * @throws VoteError `ledger-unavailable`
 */
export async function ensureTables(
  administration: TableAdministration,
  tables: ReadonlyMap<string, TableKeys>,
): Promise<EnsuredTables> {
  const created: string[] = [];
  for (const [table, keys] of tables) {
    const found = await administration.describe(table);
    if (found?.active) continue;
    if (found === undefined) {
      await administration.create(table, keys);
      created.push(table);
    }
    await untilActive(administration, table);
    if (found === undefined) await administration.enablePointInTimeRecovery(table);
  }
  return { created, findings: await checkTables(administration, tables) };
}

async function untilActive(administration: TableAdministration, table: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < activeWithinMs; waitedMs += pollMs) {
    if ((await administration.describe(table))?.active) return;
    await sleep(pollMs);
  }
  throw new VoteError("ledger-unavailable", `Table ${table} does not become active.`);
}

/** Compares a table with what durability needs. */
function findingsOf(
  table: string,
  keys: TableKeys,
  found: TableDescription | undefined,
): TableFinding[] {
  const aws = (verb: string, options: string) =>
    `aws dynamodb ${verb} --table-name ${table} ${options}`;
  if (found === undefined) {
    const fix = "vote services init";
    return [{ table, setting: "table", found: "missing", wanted: "present", fix }];
  }
  const findings: TableFinding[] = [];
  const wanted = keysText(keys);
  if (found.keys !== wanted) {
    const fix = "name another table in vote.yaml: keys cannot be changed";
    findings.push({ table, setting: "keys", found: found.keys, wanted, fix });
  }
  if (!found.deletionProtection) {
    const fix = aws("update-table", "--deletion-protection-enabled");
    findings.push({ table, setting: "deletion-protection", found: "off", wanted: "on", fix });
  }
  if (found.pointInTimeRecovery === false) {
    const fix = aws(
      "update-continuous-backups",
      "--point-in-time-recovery-specification PointInTimeRecoveryEnabled=true",
    );
    findings.push({ table, setting: "point-in-time-recovery", found: "off", wanted: "on", fix });
  }
  if (found.timeToLive === true) {
    const fix = aws(
      "update-time-to-live",
      "--time-to-live-specification Enabled=false,AttributeName=NAME",
    );
    findings.push({ table, setting: "time-to-live", found: "on", wanted: "off", fix });
  }
  return findings;
}
