/** A record of the log that an admin has declared void: the tally passes over exactly this one. */
export interface VoidedRecord {
  readonly partition: number;
  readonly position: number;
  /** SHA-256 by which the log digest knows the record, in hexadecimal. */
  readonly hash: string;
  /** Why, in the admin's words. */
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The admin key that has signed this. */
  readonly keyId: string;
  /** Ed25519, 64 bytes as base64url. */
  readonly signature: string;
}
