import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { VoteError } from "../../../../src/runtime/core/errors.js";
import { issuerOf } from "../../../../src/runtime/keys/authentication/issuer.js";
import { type JsonWebKeySet, readJwks } from "../../../../src/runtime/keys/authentication/jwks.js";
import { KeyRing } from "../../../../src/runtime/keys/authentication/key-ring.js";
import { openTokenVerifier } from "../../../../src/runtime/keys/authentication/open-verifier.js";
import { createTokenVerifier } from "../../../../src/runtime/keys/authentication/token-verifier.js";
import { openKeyDirectory } from "../../../../src/runtime/keys/key-directory.js";
import { issueToken } from "../../../../src/runtime/keys/tokens.js";
import {
  edDsa,
  es256,
  es384,
  hmac,
  hs256,
  jwkOf,
  part,
  ps256,
  rs256,
  rs512,
  type Signature,
  signedToken as token,
  unsigned,
} from "../../../helpers/data/signed-token.js";

const secret = Buffer.from("a secret of at least thirty-two bytes");
const seconds = () => Math.floor(Date.now() / 1000);
const claims = (more: object = {}) => ({
  iss: "vote",
  sub: "alice",
  aud: "vote",
  scope: "vote",
  exp: seconds() + 60,
  ...more,
});

function outcome(verifier: ReturnType<typeof createTokenVerifier>, bearer: string | undefined) {
  try {
    return verifier.verify(bearer === undefined ? undefined : `Bearer ${bearer}`, "vote").subject;
  } catch (error) {
    if (!(error instanceof VoteError)) throw error;
    if (bearer !== undefined && bearer.length > 9) expect(error.message).not.toContain(bearer);
    return error.code;
  }
}

describe("HS256 by secret", () => {
  const verifier = createTokenVerifier({ secret });
  const good = { alg: "HS256", typ: "JWT" };
  const check = (payload: object, header: object = good, key = secret) =>
    outcome(verifier, token(header, payload, hs256(key)));

  it("takes a good token, its own and another's", () => {
    expect(check(claims())).toBe("alice");
    expect(check(claims({ scope: "profile vote", aud: ["other", "vote"] }))).toBe("alice");
    const own = { secret, subject: "bob", expiresInSeconds: 60, nowMs: Date.now() };
    expect(outcome(verifier, issueToken({ ...own, scope: "vote" }))).toBe("bob");
    expect(outcome(verifier, issueToken({ ...own, scope: "gateway" }))).toBe("insufficient-scope");
  });

  it.each([
    ["expired", { exp: seconds() - 1 }, "invalid-token"],
    ["without exp", { exp: undefined }, "invalid-token"],
    ["with exp as text", { exp: "2999-01-01" }, "invalid-token"],
    ["not valid yet", { nbf: seconds() + 60 }, "invalid-token"],
    ["of another audience", { aud: "bank" }, "invalid-token"],
    ["without audience", { aud: undefined }, "invalid-token"],
    ["without subject", { sub: undefined }, "invalid-token"],
    ["with an empty subject", { sub: "" }, "invalid-token"],
    ["with a number as subject", { sub: 7 }, "invalid-token"],
    ["with a subject of 257 bytes", { sub: "x".repeat(257) }, "invalid-token"],
    ["with a subject of 87 characters and 261 bytes", { sub: "€".repeat(87) }, "invalid-token"],
    ["with half a character as subject", { sub: "a\ud800" }, "invalid-token"],
    ["of another scope", { scope: "voter" }, "insufficient-scope"],
    ["without scope", { scope: undefined }, "insufficient-scope"],
  ])("refuses a token %s", (_what, change, expected) => {
    expect(check(claims(change))).toBe(expected);
  });

  it("refuses what is missing, malformed, tampered, unsigned, or signed by another", () => {
    expect(outcome(verifier, undefined)).toBe("missing-token");
    expect(() => verifier.verify("Basic YTpi", "vote")).toThrow(/no bearer token/);
    for (const text of ["", "x", "a.b.c", "..", `${part(good)}.${part(claims())}.`]) {
      expect(outcome(verifier, text)).toBe("invalid-token");
    }
    const [header, , signature] = token(good, claims(), hs256(secret)).split(".");
    const tampered = `${header}.${part(claims({ sub: "mallory" }))}.${signature}`;
    expect(outcome(verifier, tampered)).toBe("invalid-token");
    expect(check(claims(), good, Buffer.from("another secret of thirty-two bytes"))).toBe(
      "invalid-token",
    );
    for (const alg of ["none", "None", "nOnE", ""]) {
      expect(outcome(verifier, token({ alg }, claims(), unsigned))).toBe("invalid-token");
      expect(check(claims(), { alg })).toBe("invalid-token");
    }
    expect(check(claims(), { alg: "HS512" })).toBe("invalid-token");
    for (const [alg, digest] of [
      ["HS384", "sha384"],
      ["HS512", "sha512"],
    ]) {
      const signed = token({ alg }, claims(), hmac(digest, secret));
      expect(outcome(verifier, signed)).toBe("invalid-token");
    }
    expect(check(claims(), { alg: "HS256", crit: ["x"], x: 1 })).toBe("invalid-token");
  });
});

describe("public keys by JWKS", () => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const other = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const ed = generateKeyPairSync("ed25519");
  const ec384 = generateKeyPairSync("ec", { namedCurve: "P-384" });
  const jwks: JsonWebKeySet = {
    keys: [
      jwkOf(rsa.publicKey, "r"),
      jwkOf(rsa.publicKey, "p", { alg: "PS256" }),
      jwkOf(ec.publicKey, "e", { use: "sig" }),
      jwkOf(ec384.publicKey, "e384"),
      jwkOf(ed.publicKey, "d"),
      // As Keycloak publishes it beside the others.
      jwkOf(other.publicKey, "encryption", { use: "enc", alg: "RSA-OAEP" }),
    ],
  };
  const iss = "https://id.example";
  const issuersWith = (keys: JsonWebKeySet) => [
    { ...issuerOf({ issuer: iss }), keys: new KeyRing(keys) },
  ];
  const issuers = issuersWith(jwks);
  const verifier = createTokenVerifier({ issuers });
  const check = (header: object, signature: Signature, by = verifier) =>
    outcome(by, token(header, claims({ iss }), signature));

  it("takes RS256, PS256, ES256, ES384 and EdDSA, each by its own key", () => {
    expect(check({ alg: "RS256", kid: "r" }, rs256(rsa.privateKey))).toBe("alice");
    expect(check({ alg: "ES256", kid: "e" }, es256(ec.privateKey))).toBe("alice");
    expect(check({ alg: "ES384", kid: "e384" }, es384(ec384.privateKey))).toBe("alice");
    expect(check({ alg: "PS256", kid: "p" }, ps256(rsa.privateKey))).toBe("alice");
    expect(check({ alg: "EdDSA", kid: "d" }, edDsa(ed.privateKey))).toBe("alice");
    const single = createTokenVerifier({
      issuers: issuersWith({ keys: [jwkOf(rsa.publicKey, "r")] }),
    });
    expect(check({ alg: "RS256" }, rs256(rsa.privateKey), single)).toBe("alice");
  });

  it("refuses another key, an unknown or missing kid, and a kid that is a path or a name", () => {
    expect(check({ alg: "RS256", kid: "r" }, rs256(other.privateKey))).toBe("invalid-token");
    const kids = ["x", "", "../r", "constructor", "__proto__", ["r"], { r: 1 }, null, undefined];
    for (const kid of kids) {
      expect(check({ alg: "RS256", kid }, rs256(rsa.privateKey))).toBe("invalid-token");
    }
  });

  it("pins the algorithm to the key's type", () => {
    expect(check({ alg: "RS512", kid: "r" }, rs256(rsa.privateKey))).toBe("invalid-token");
    expect(check({ alg: "RS512", kid: "r" }, rs512(rsa.privateKey))).toBe("invalid-token");
    expect(check({ alg: "PS256", kid: "r" }, ps256(rsa.privateKey))).toBe("invalid-token");
    expect(check({ alg: "RS256", kid: "p" }, rs256(rsa.privateKey))).toBe("invalid-token");
    const encrypting = { alg: "RS256", kid: "encryption" };
    expect(check(encrypting, rs256(other.privateKey))).toBe("invalid-token");
    expect(check({ alg: "RS256", kid: "e" }, rs256(rsa.privateKey))).toBe("invalid-token");
    expect(check({ alg: "ES256", kid: "r" }, es256(ec.privateKey))).toBe("invalid-token");
    expect(check({ alg: "none", kid: "r" }, unsigned)).toBe("invalid-token");
  });

  it("is not fooled by HS256 with the public key as its secret", () => {
    const both = createTokenVerifier({ issuers, secret });
    const forms = [
      rsa.publicKey.export({ type: "spki", format: "pem" }),
      rsa.publicKey.export({ type: "pkcs1", format: "pem" }),
      rsa.publicKey.export({ type: "spki", format: "der" }),
      JSON.stringify(jwkOf(rsa.publicKey, "r")),
    ];
    for (const form of forms) {
      for (const header of [{ alg: "HS256", kid: "r" }, { alg: "HS256" }]) {
        expect(check(header, hs256(form))).toBe("invalid-token");
        expect(check(header, hs256(form), both)).toBe("invalid-token");
      }
    }
    expect(outcome(both, token({ alg: "HS256" }, claims(), hs256(secret)))).toBe("alice");
  });

  it("never looks at keys that a token brings along", () => {
    const brought = { jwk: jwkOf(other.publicKey, "r"), jku: "https://x.invalid/k", x5u: "x" };
    expect(check({ alg: "RS256", kid: "r", ...brought }, rs256(other.privateKey))).toBe(
      "invalid-token",
    );
    expect(check({ alg: "RS256", kid: "r", ...brought }, rs256(rsa.privateKey))).toBe("alice");
  });

  it("refuses key sets that cannot be right", async () => {
    const refused = (...keys: object[]) => {
      expect(() => new KeyRing({ keys: keys as JsonWebKeySet["keys"] })).toThrow(VoteError);
    };
    refused();
    refused({ kty: "oct", k: "c2VjcmV0", kid: "s" });
    refused({ ...jwkOf(rsa.publicKey, "r"), alg: "HS256" });
    refused(jwkOf(rsa.publicKey, "r"), jwkOf(other.publicKey, "r"));
    refused(jwkOf(rsa.privateKey, "r"));
    refused({ kty: "RSA", n: "!", kid: "r" });
    refused({ ...jwkOf(rsa.publicKey, "r"), kid: 7 });
    refused(jwkOf(generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey, "r"));
    refused(...Array.from({ length: 101 }, (_, n) => jwkOf(rsa.publicKey, `${n}`)));
    const directory = await mkdtemp(join(tmpdir(), "vote-jwks-"));
    const file = join(directory, "jwks.json");
    await expect(readJwks(file)).rejects.toMatchObject({ code: "invalid-usage" });
    await writeFile(file, "{}");
    await expect(readJwks(file)).rejects.toMatchObject({ code: "invalid-usage" });
    await writeFile(file, JSON.stringify(jwks));
    expect(await readJwks(file)).toEqual(jwks);
    await rm(directory, { recursive: true });
  });
});

describe("openTokenVerifier", () => {
  it("takes development tokens only as long as no file is named", async () => {
    const directory = await mkdtemp(join(tmpdir(), "vote-verifier-"));
    const keys = openKeyDirectory(join(directory, "keys"));
    const secretFile = join(directory, "secret");
    await writeFile(secretFile, `${secret}\n`, { mode: 0o600 });
    const request = { subject: "bob", scope: "vote", expiresInSeconds: 60 } as const;
    const issue = (by: Buffer) => issueToken({ ...request, secret: by, nowMs: Date.now() });
    const own = issue(await keys.tokenSecret());
    const named = await openTokenVerifier(keys, { secretFile });
    expect(outcome(await openTokenVerifier(keys), own)).toBe("bob");
    expect(outcome(await openTokenVerifier(keys), issue(secret))).toBe("invalid-token");
    expect(outcome(named, own)).toBe("invalid-token");
    expect(outcome(named, issue(secret))).toBe("bob");
    await rm(directory, { recursive: true });
  });
});

it.each([
  ["an expiry that never comes", '"exp":1e999', "invalid-token"],
  ["an expiry after the year 9999", '"exp":253402300800', "invalid-token"],
  ["an issue time that is a text", '"exp":253402300799,"iat":"now"', "invalid-token"],
  ["an issue time that is null", '"exp":253402300799,"iat":null', "invalid-token"],
  ["an endless issue time", '"exp":253402300799,"iat":1e999', "invalid-token"],
  ["times that are times", '"exp":253402300799,"iat":1.5', "alice"],
  ["NUL in the subject", '"exp":253402300799,"sub":"a\\u0000b"', "invalid-token"],
  ["a line break in the subject", '"exp":253402300799,"sub":"a\\r\\nb"', "invalid-token"],
])("a token with %s", (_, changed, expected) => {
  const payload = `{"iss":"vote","aud":"vote","scope":"vote","sub":"alice",${changed}}`;
  const bearer = token({ alg: "HS256" }, payload, hs256(secret));
  expect(outcome(createTokenVerifier({ secret }), bearer)).toBe(expected);
});
