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
  /** A condition on the item stored now; without one, a put would replace it. */
  readonly condition: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values?: Item;
}

/**
 * Whether the condition held. "perhaps-done": it does not hold, but an earlier attempt got no
 * answer and may be the reason.
 */
export type PutOutcome = "done" | "refused" | "perhaps-done";

export interface GetRequest {
  readonly table: string;
  readonly key: Item;
  /** The one attribute that is wanted. */
  readonly attribute: string;
}

export interface GetManyRequest {
  readonly table: string;
  /** At most 100, all different. */
  readonly keys: readonly Item[];
  /** The one attribute that is wanted. */
  readonly attribute: string;
}

export interface QueryRequest {
  readonly table: string;
  readonly condition: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Item;
  /** The attributes that are wanted. */
  readonly attributes: readonly string[];
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
 * Items of tables. Reads are strongly consistent. Transient failures (throttling, 5xx, a broken
 * connection) are retried for a bounded time.
 * Every method throws VoteError `ledger-unavailable`, or `internal-error` for a wrong request.
 */
export interface Items {
  put(request: PutRequest): Promise<PutOutcome>;
  /** Puts all of them, or none: each condition has to hold. */
  putAll(requests: readonly PutRequest[]): Promise<PutOutcome>;
  get(request: GetRequest): Promise<StoredItem | undefined>;
  /** Those that exist, in any order. */
  getMany(request: GetManyRequest): Promise<StoredItem[]>;
  query(request: QueryRequest): Promise<Page>;
}

/** The requests made so far and their cost: on-demand tables are charged by units. */
export interface DynamoDbUsage {
  /** Requests sent, retries included. */
  readonly writeRequests: number;
  readonly readRequests: number;
  /** One per started KiB, also when the condition did not hold. */
  readonly writeUnits: number;
  /** One per started 4 KiB: reads are strongly consistent. */
  readonly readUnits: number;
  /** Requests that were throttled. Not charged. */
  readonly throttled: number;
  /** Attempts after a first one. */
  readonly retries: number;
}

/** The size of an item as DynamoDB measures it: attribute names and values. */
export function itemBytes(item: StoredItem): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(item)) {
    bytes += Buffer.byteLength(name);
    if (value.S !== undefined) bytes += Buffer.byteLength(value.S);
    if (value.B !== undefined) bytes += value.B.length;
    // Numbers take one byte per two digits and one or two more: assume two.
    if (value.N !== undefined) bytes += Math.ceil(value.N.length / 2) + 2;
  }
  return bytes;
}

/** Write units for an item of this size. */
export const writeUnitsOf = (bytes: number): number => Math.max(1, Math.ceil(bytes / 1_024));
/** Read units for a strongly consistent read of this size. */
export const readUnitsOf = (bytes: number): number => Math.max(1, Math.ceil(bytes / 4_096));
