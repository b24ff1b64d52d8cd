import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Algorithm } from "fast-jwt";
import { VoteError } from "../../core/errors.js";

/** A JSON Web Key Set (RFC 7517). */
export interface JsonWebKeySet {
  readonly keys: readonly (JsonWebKey & {
    readonly kid?: string;
    readonly alg?: string;
    readonly use?: string;
  })[];
}

export interface PublicKey {
  /** Empty if the key has none. */
  readonly kid: string;
  /** The only algorithm that the key may verify. */
  readonly algorithm: Algorithm;
  readonly pem: string;
}

/** The algorithms for each type of key; the first is that of a key that names none. */
const algorithmsOf: Readonly<Record<string, readonly Algorithm[]>> = {
  RSA: ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  "EC P-256": ["ES256"],
  "EC P-384": ["ES384"],
  "EC P-521": ["ES512"],
  "OKP Ed25519": ["EdDSA"],
};
const [minRsaBits, maxRsaBits] = [2_048, 8_192];
const maxKeys = 100;

function algorithmOf({ kty, crv, alg, use }: JsonWebKeySet["keys"][number]): Algorithm | undefined {
  if (use !== undefined && use !== "sig") return undefined;
  const allowed = algorithmsOf[kty === "RSA" ? kty : `${kty} ${crv}`] ?? [];
  return alg === undefined ? allowed[0] : allowed.find((one) => one === alg);
}

/**
 * Converts a key set. It passes over keys for encryption, and of types that are unknown here: an
 * identity provider may publish those as well.
 *
 * @throws VoteError `invalid-usage` for a key that cannot be right, or none that is left
 */
export function publicKeysOf(jwks: JsonWebKeySet): PublicKey[] {
  const keys = new Map<string, PublicKey>();
  if (jwks.keys.length > maxKeys) throw unusable(`${jwks.keys.length} keys are too many`);
  for (const key of jwks.keys) {
    const { kid = "" } = key;
    const refuse = (what: string) => unusable(`key "${String(kid).slice(0, 80)}" ${what}`);
    if (typeof kid !== "string") throw refuse("has a kid that is no text");
    if (key.d !== undefined) throw refuse("is a private key");
    const algorithm = algorithmOf(key);
    if (algorithm === undefined) continue;
    if (keys.has(kid)) throw refuse("is not the only one with this kid");
    keys.set(kid, { kid, algorithm, pem: publicPem(key, refuse) });
  }
  if (keys.size === 0) throw unusable("it holds no key that verifies signatures");
  return [...keys.values()];
}

function publicPem(jwk: JsonWebKey, refuse: (what: string) => VoteError): string {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: jwk, format: "jwk" });
  } catch {
    throw refuse("is not a valid public key");
  }
  const bits = key.asymmetricKeyDetails?.modulusLength;
  if (bits !== undefined && (bits < minRsaBits || bits > maxRsaBits)) {
    throw refuse(`has ${bits} bits: an RSA key has ${minRsaBits} to ${maxRsaBits}`);
  }
  return key.export({ type: "spki", format: "pem" }) as string;
}

function unusable(what: string): VoteError {
  return new VoteError("invalid-usage", `The key set cannot be used: ${what}.`, {
    hint: "It has RSA, P-256, P-384, P-521 or Ed25519 public keys, each with its own kid.",
  });
}

/** Reads a key set. @throws VoteError `invalid-usage` if the file is missing or not a key set */
export async function readJwks(file: string): Promise<JsonWebKeySet> {
  try {
    const content: unknown = JSON.parse(await readFile(file, "utf8"));
    if (isKeySet(content)) return content;
  } catch (cause) {
    throw new VoteError("invalid-usage", `The JWKS file ${file} cannot be read.`, { cause });
  }
  throw new VoteError("invalid-usage", `The JWKS file ${file} is not a key set.`, {
    hint: 'It looks like {"keys": [{"kty": "RSA", "kid": "…", …}]}.',
  });
}

/** Whether it has the shape of a key set. */
export function isKeySet(value: unknown): value is JsonWebKeySet {
  const keys = (value as { keys?: unknown } | null)?.keys;
  return Array.isArray(keys) && keys.every((key) => typeof key === "object" && key !== null);
}
