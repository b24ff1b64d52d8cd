import { type Algorithm, createVerifier } from "fast-jwt";
import { type JsonWebKeySet, publicKeysOf } from "./jwks.js";

/** A token's claims, of which nothing is known but that its issuer has signed them. */
export type Claims = Readonly<Record<string, unknown>>;

/** Verifies a token's signature. @throws TokenError */
export type Verify = (token: string) => Claims;

/** Where an issuer's keys come from. */
export interface KeySource {
  /**
   * @param kid as the token's header has it
   * @returns undefined if the issuer has no such key
   * @throws VoteError `issuer-unavailable` while that cannot be said
   */
  find(kid: string | undefined): Verify | undefined;
  /** Whether there are keys, and none is too old. */
  readonly usable: boolean;
  /** How many there are. */
  readonly size: number;
  /** Since they were fetched; null if they were not. */
  readonly ageMs: number | null;
}

/** The keys of one key set: a token's `kid` finds one of them, and can do no more. */
export class KeyRing implements KeySource {
  readonly usable = true;
  readonly ageMs = null;
  readonly #byKid: ReadonlyMap<string, Verify>;

  /** @throws VoteError `invalid-usage` for a key that cannot be right, or none at all */
  constructor(jwks: JsonWebKeySet) {
    this.#byKid = new Map(
      publicKeysOf(jwks).map(({ kid, pem, algorithm }) => [kid, verifierBy(pem, algorithm)]),
    );
  }

  get size(): number {
    return this.#byKid.size;
  }

  find(kid: string | undefined): Verify | undefined {
    if (kid !== undefined) return this.#byKid.get(kid);
    return this.size === 1 ? [...this.#byKid.values()][0] : undefined;
  }
}

/** Signatures alone: the claims are checked by our clock, and by rules of one place. */
export function verifierBy(key: string | Buffer, algorithm: Algorithm): Verify {
  return createVerifier({
    key,
    algorithms: [algorithm],
    cache: false,
    ignoreExpiration: true,
    ignoreNotBefore: true,
  });
}
