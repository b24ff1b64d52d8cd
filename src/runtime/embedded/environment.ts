import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Database, open, type RootDatabase } from "lmdb";
import { type ErrorCode, messageOf, VoteError } from "../core/errors.js";

export type Environment = RootDatabase<Buffer, Buffer>;
export type Table = Database<Buffer, Buffer>;

/** Keys and values are bytes of our own; LMDB sorts keys as memcmp does. */
const encodings = { keyEncoding: "binary", encoding: "binary" } as const;

/**
 * Opens one LMDB environment, shared safely among processes. Log, ledger and view have one each, so
 * that writing one never waits for another's write lock.
 *
 * @param durable false where the content can be rebuilt: commits are then not flushed to disk
 * @throws VoteError `data-directory-unusable`
 */
export function openEnvironment(path: string, durable: boolean): Environment {
  try {
    return open<Buffer, Buffer>({
      path,
      noSubdir: false,
      ...encodings,
      noSync: !durable,
      // lmdb-js flushes after the commit by default, under a second lock. When a process is killed
      // while it holds that lock, the others' environments fail for good with MDB_PANIC; LMDB's own
      // order, flush inside the commit, survives (docs/decisions/0006).
      overlappingSync: false,
      // With it, lmdb-js makes a promise of each event turn's commit that nobody else can see: when
      // the disk is full it rejects unhandled, and that ends the process.
      eventTurnBatching: false,
      // Many processes read at once: roles, monitors, recounts.
      maxReaders: 1_022,
    });
  } catch (cause) {
    const reason = messageOf(cause);
    throw new VoteError("data-directory-unusable", `Data directory ${path}: ${reason}.`, {
      hint: "Check that it is a data directory of vote, writable, and on a local disk.",
      cause,
    });
  }
}

/**
 * Opens an environment that exists already, without any right to write to it. Reading takes part in
 * LMDB's locks where the lock file can be written to; on a medium where it cannot, nobody writes.
 *
 * @throws VoteError `data-directory-unusable`
 */
export function openToRead(path: string): Environment {
  const unusable = (reason: string, cause?: unknown) =>
    new VoteError("data-directory-unusable", `Data directory ${path}: ${reason}.`, {
      hint: "Check that it is a data directory of vote that you may read.",
      cause,
    });
  if (!existsSync(join(path, "data.mdb"))) throw unusable("it holds no store");
  try {
    return open<Buffer, Buffer>({ path, noSubdir: false, ...encodings, readOnly: true });
  } catch (cause) {
    throw unusable(messageOf(cause), cause);
  }
}

/** Opens a named table of an environment, creating it if needed and allowed. */
export function openTable(environment: Environment, name: string): Table {
  const table: Table | undefined = environment.openDB<Buffer, Buffer>({ name, ...encodings });
  if (table !== undefined) return table;
  throw new VoteError("data-directory-unusable", `The store has no table ${name}.`, {
    hint: "It was written by another version, or it is damaged.",
  });
}

/**
 * Runs `write` as one transaction and resolves once it is on disk: with overlapping sync off, the
 * commit flushes the pages and then writes the meta page synchronously, before it answers.
 *
 * @throws VoteError with `code` when the commit failed; nothing is stored then
 */
export async function commitDurably<T>(
  environment: Environment,
  code: ErrorCode,
  write: () => T,
): Promise<T> {
  try {
    return await environment.transaction(write);
  } catch (cause) {
    quietenDetails(cause);
    throw storageError(code, cause);
  }
}

/**
 * Reads what all processes have committed so far.
 *
 * @throws VoteError with `code` when the store cannot be read
 */
export function readNow<T>(environment: Environment, code: ErrorCode, look: () => T): T {
  try {
    environment.resetReadTxn();
    return look();
  } catch (cause) {
    throw storageError(code, cause);
  }
}

/** lmdb-js attaches a second promise to a failed commit's error, which would reject unhandled. */
function quietenDetails(cause: unknown): void {
  const details = (cause as { commitError?: unknown } | undefined)?.commitError;
  if (details instanceof Promise) details.catch(() => {});
}

/** Makes the error that callers get for a failure of LMDB. */
export function storageError(code: ErrorCode, cause: unknown): VoteError {
  if (cause instanceof VoteError) return cause;
  const reason = messageOf(cause);
  return new VoteError(code, `The embedded store failed: ${reason}.`, {
    hint: "Check the free space and the permissions of the data directory.",
    publicMessage: "The embedded store failed.",
    cause,
  });
}

/** A key: election, 0x00, partition u32, [number u48]; big-endian, so that keys sort as numbers. */
export function placeKey(election: string, partition: number, number?: number): Buffer {
  const prefix = election.length + 1;
  const key = Buffer.alloc(prefix + 4 + (number === undefined ? 0 : 6));
  key.write(election, 0, "latin1");
  key.writeUInt32BE(partition, prefix);
  if (number !== undefined) key.writeUIntBE(number, prefix + 4, 6);
  return key;
}

/** The number that `placeKey` put at a key's end. */
export function numberOfKey(key: Buffer): number {
  return key.readUIntBE(key.length - 6, 6);
}

/** The partition in a place key that ends with a number. */
export function partitionOfKey(key: Buffer): number {
  return key.readUInt32BE(key.length - 10);
}

/** The greatest number that fits into a key. */
export const greatestNumber = 2 ** 48 - 1;
