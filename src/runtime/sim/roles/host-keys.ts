import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from "node:crypto";
import { VoteError } from "../../core/errors.js";
import { keyIdOf } from "../../core/key-id.js";
import type { KeyUse } from "../../core/signers.js";
import { keyFingerprint } from "../../core/voter/key-fingerprint.js";
import type { KeyDirectory } from "../../keys/key-directory.js";
import type { SignatureCheck, SigningKey } from "../../keys/signing.js";
import type { Chance } from "../../time/chance.js";
import type { Dice } from "../time/dice.js";

/** An Ed25519 private key in DER, up to its 32 bytes (RFC 8410). */
const privatePrefix = Buffer.from("302e020100300506032b657004220420", "hex");
const publicPrefix = Buffer.from("302a300506032b6570032100", "hex");

const virtualKeys = new Map<string, SigningKey>();

/**
 * The key of this name, the same in all simulations. It signs at once: the order in which threads
 * end is not a simulation's.
 */
export function virtualKey(name: string): SigningKey {
  const known = virtualKeys.get(name) ?? makeKey(name);
  virtualKeys.set(name, known);
  return known;
}

function makeKey(name: string): SigningKey {
  const der = Buffer.concat([privatePrefix, hash("sha256", name, "buffer")]);
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const { x: publicKey = "" } = createPublicKey(key).export({ format: "jwk" });
  const id = keyIdOf(publicKey);
  return {
    id,
    idBytes: Buffer.from(id, "hex"),
    publicKey,
    sign: async (bytes) => sign(null, bytes, key),
  };
}

/** Checks real signatures, at once, and each of them once. */
export function checkAtOnce(): SignatureCheck {
  const keys = new Map<string, KeyObject>();
  const known = new Map<string, boolean>();
  return async (publicKey, bytes, signature) => {
    const question = hash("sha256", Buffer.concat([Buffer.from(publicKey), signature, bytes]));
    let answer = known.get(question);
    if (answer === undefined) {
      const der = Buffer.concat([publicPrefix, Buffer.from(publicKey, "base64url")]);
      const key = keys.get(publicKey) ?? createPublicKey({ key: der, format: "der", type: "spki" });
      keys.set(publicKey, key);
      answer = verify(null, bytes, key, signature);
      known.set(question, answer);
    }
    return answer;
  };
}

/** The secrets of one host: signing keys of its own, election keys that all hosts share. */
export class HostKeys implements KeyDirectory {
  readonly #chance: Chance;
  readonly #electionKeys: Map<string, Buffer>;
  readonly #signingKeys: Readonly<Record<KeyUse, SigningKey>>;

  /** @param electionKeys by key id, the same for all hosts */
  constructor(host: string, dice: Dice, electionKeys: Map<string, Buffer>) {
    this.#chance = dice.of(host);
    this.#electionKeys = electionKeys;
    const [frames, admin] = [virtualKey(`${host}, frames`), virtualKey(`${host}, admin`)];
    this.#signingKeys = { frames, admin };
  }

  async createElectionKey() {
    const keyId = this.#chance.bytes(8).toString("hex");
    const key = this.#chance.bytes(32);
    this.#electionKeys.set(keyId, key);
    return { keyId, keyFingerprint: keyFingerprint(key) };
  }

  async electionKey({ keyId }: { readonly keyId: string }): Promise<Buffer> {
    const key = this.#electionKeys.get(keyId);
    if (key !== undefined) return key;
    throw new VoteError("data-directory-unusable", `The election key ${keyId} is missing.`);
  }

  async tokenSecret(): Promise<Buffer> {
    return this.#chance.bytes(32);
  }

  keyNow(use: KeyUse): SigningKey {
    return this.#signingKeys[use];
  }

  async signingKey(use: KeyUse): Promise<SigningKey> {
    return this.#signingKeys[use];
  }
}
