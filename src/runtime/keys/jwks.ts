import { createPublicKey, type JsonWebKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Algorithm } from "fast-jwt";
import { VoteError } from "../core/errors.js";

/** A JSON Web Key Set (RFC 7517). */
export interface JsonWebKeySet {
  readonly keys: readonly (JsonWebKey & { readonly kid?: string; readonly alg?: string })[];
}

export interface PublicKey {
  /** Empty if the key has none. */
  readonly kid: string;
  /** The only algorithm that the key may verify. */
  readonly algorithm: Algorithm;
  readonly pem: string;
}

/** Returns the one algorithm for a type of key. */
function algorithmOf(key: JsonWebKey): Algorithm | undefined {
  if (key.kty === "RSA") return "RS256";
  if (key.kty === "EC" && key.crv === "P-256") return "ES256";
  if (key.kty === "OKP" && key.crv === "Ed25519") return "EdDSA";
  return undefined;
}

/** Converts a key set. @throws VoteError `invalid-usage` for an unusable key, or none at all */
export function publicKeysOf(jwks: JsonWebKeySet): PublicKey[] {
  const keys = new Map<string, PublicKey>();
  for (const key of jwks.keys) {
    const algorithm = algorithmOf(key);
    const kid = key.kid ?? "";
    const unusable = (what: string) =>
      new VoteError("invalid-usage", `JWKS key "${kid.slice(0, 80)}": ${what}.`, {
        hint: "Give RSA, P-256 or Ed25519 public keys, each with its own kid.",
      });
    if (algorithm === undefined) throw unusable(`type ${key.kty} is not supported`);
    if (key.alg !== undefined && key.alg !== algorithm) {
      throw unusable(`its algorithm must be ${algorithm}`);
    }
    if (key.d !== undefined) throw unusable("it holds a private key");
    if (keys.has(kid)) throw unusable("another key has the same kid");
    keys.set(kid, { kid, algorithm, pem: publicPem(key, unusable) });
  }
  if (keys.size === 0) throw new VoteError("invalid-usage", "The JWKS file has no keys.");
  return [...keys.values()];
}

function publicPem(key: JsonWebKey, unusable: (what: string) => VoteError): string {
  try {
    return createPublicKey({ key, format: "jwk" }).export({
      type: "spki",
      format: "pem",
    }) as string;
  } catch {
    throw unusable("it is not a valid public key");
  }
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

function isKeySet(value: unknown): value is JsonWebKeySet {
  const keys = (value as { keys?: unknown } | null)?.keys;
  return Array.isArray(keys) && keys.every((key) => typeof key === "object" && key !== null);
}
