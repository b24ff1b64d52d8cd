/** What ledger and registry ask of DynamoDB, in its terms: only client.ts knows the SDK. */

export type Attribute =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: Uint8Array };

export type Item = Readonly<Record<string, Attribute>>;

/** An item as read: of each attribute, the member that its type has. */
export type StoredItem = Readonly<
  Record<string, { readonly S?: string; readonly N?: string; readonly B?: Uint8Array }>
>;

export interface PutRequest {
  readonly table: string;
  readonly item: Item;
  /** On the item that stands there now: without it, a put replaces whatever it finds. */
  readonly condition: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values?: Item;
}

/**
 * Whether the condition held. "perhaps-done": it does not hold, but an attempt before got no
 * answer and may be the very reason.
 */
export type PutOutcome = "done" | "refused" | "perhaps-done";

export interface GetRequest {
  readonly table: string;
  readonly key: Item;
  /** The one attribute that is wanted. */
  readonly attribute: string;
}

export interface QueryRequest {
  readonly table: string;
  readonly condition: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Item;
  /** The one attribute that is wanted. */
  readonly attribute: string;
  readonly backwards?: boolean;
  readonly limit?: number;
  /** `next` of the page before. */
  readonly start?: StoredItem;
}

export interface Page {
  readonly items: readonly StoredItem[];
  readonly next: StoredItem | undefined;
}

/**
 * Items of tables. Reads are strongly consistent. What passes by itself (throttling, 5xx, a
 * broken connection) is retried for a bounded time.
 * Every method throws VoteError `ledger-unavailable`, or `internal-error` for a wrong request.
 */
export interface Items {
  put(request: PutRequest): Promise<PutOutcome>;
  get(request: GetRequest): Promise<StoredItem | undefined>;
  query(request: QueryRequest): Promise<Page>;
}

/** What was asked of DynamoDB so far, for the bill: on demand, it charges by units. */
export interface DynamoDbUsage {
  /** Requests sent, retries included. */
  readonly writeRequests: number;
  readonly readRequests: number;
  /** One a KiB begun, also when the condition did not hold. */
  readonly writeUnits: number;
  /** One a 4 KiB begun: strongly consistent. */
  readonly readUnits: number;
  /** Answers that said to come back later. Not charged. */
  readonly throttled: number;
  /** Attempts after a first one. */
  readonly retries: number;
}

/** Attribute names and values, as DynamoDB measures an item. */
export function itemBytes(item: StoredItem): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(item)) {
    bytes += Buffer.byteLength(name);
    if (value.S !== undefined) bytes += Buffer.byteLength(value.S);
    if (value.B !== undefined) bytes += value.B.length;
    // Numbers take one byte for two digits and one or two more: the larger, so as not to flatter.
    if (value.N !== undefined) bytes += Math.ceil(value.N.length / 2) + 2;
  }
  return bytes;
}

export const writeUnitsOf = (bytes: number): number => Math.max(1, Math.ceil(bytes / 1_024));
export const readUnitsOf = (bytes: number): number => Math.max(1, Math.ceil(bytes / 4_096));
