/** Where HTTP streams send to, and with whose tokens. */
export interface HttpTarget {
  /** The ingest's address; loopback only. */
  readonly url: string;
  /** A bearer token that lets this voter vote. */
  readonly voterToken: (voterId: string) => string;
  /** A bearer token for batches. */
  readonly gatewayToken: () => string;
}
