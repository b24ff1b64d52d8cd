import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { VoteError } from "../../../../src/runtime/core/errors.js";
import { issuerOf } from "../../../../src/runtime/keys/authentication/issuer.js";
import { KeyRing } from "../../../../src/runtime/keys/authentication/key-ring.js";
import { requireForElection } from "../../../../src/runtime/keys/authentication/token-claims.js";
import {
  createTokenVerifier,
  voterOf,
} from "../../../../src/runtime/keys/authentication/token-verifier.js";
import { edDsa, jwkOf, part, signedToken } from "../../../helpers/data/signed-token.js";

const [key, stranger] = [generateKeyPairSync("ed25519"), generateKeyPairSync("ed25519")];
const nowMs = Date.UTC(2027, 0, 1);
const now = nowMs / 1_000;
const iss = "https://id.example";
const verifier = createTokenVerifier({
  secret: Buffer.alloc(32, 7),
  issuers: [
    { ...issuerOf({ issuer: iss }), keys: new KeyRing({ keys: [jwkOf(key.publicKey, "1")] }) },
  ],
  wallClock: () => nowMs,
});

const head = { alg: "EdDSA", kid: "1", typ: "JWT" };
const claims = {
  ...{ iss, sub: "alice", aud: "vote", scope: "vote", election: "lunch" },
  ...{ exp: now + 60, nbf: now, iat: now, jti: "1" },
};

/** @returns the voter, or the error's code */
function outcome(bearer: string): string {
  try {
    const found = verifier.verify(`Bearer ${bearer}`, "vote");
    requireForElection(found.claims, found.issuer, { id: "lunch" });
    return voterOf(found);
  } catch (error) {
    if (!(error instanceof VoteError)) throw error;
    return error.code;
  }
}
const signed = (header: unknown, payload: unknown) =>
  outcome(signedToken(header, payload, edDsa(key.privateKey)));
const alice = `${iss}\u001falice`;

/** What a field may be instead, whatever it is. */
const oddValues = [null, true, 7, -1, 1.5, "", " ", "x", "\u0000", [], [null], {}, [["vote"]]];
const oddTimes = [null, true, "1", "2027-01-01", -1, [now + 60], {}];

/** A field, values that it may have, and values that it must not have. */
type Row = readonly [string, readonly unknown[], readonly unknown[], string];
const headers: readonly Row[] = [
  ["alg", ["EdDSA"], [...oddValues, "none", "eddsa", "HS256", "RS256", "ES256"], "invalid-token"],
  ["kid", ["1", undefined], [...oddValues, "2", "1 ", "../1", "__proto__"], "invalid-token"],
  [
    "typ",
    ["JWT", "jwt", "at+jwt", "application/at+jwt", undefined],
    [...oddValues, "logout+jwt", "dpop+jwt", "JWT ", "xJWT"],
    "invalid-token",
  ],
  ["crit", [undefined], [...oddValues, ["exp"], ["b64"]], "invalid-token"],
  ["jwk", [jwkOf(stranger.publicKey, "1"), ...oddValues], [], ""],
  ["jku", ["https://stranger.example/keys", ...oddValues], [], ""],
  ["x5u", ["https://stranger.example/x5u", ...oddValues], [], ""],
];
const payloads: readonly Row[] = [
  ["iss", [iss], [...oddValues, undefined, `${iss}/`, [iss], "vote"], "invalid-token"],
  [
    "aud",
    ["vote", ["vote"], ["bank", "vote"], "vote:lunch"],
    [...oddValues.slice(0, -1), undefined, "Vote", "votes", ["bank"], "vote "],
    "invalid-token",
  ],
  ["exp", [now + 1, now + 0.5], [...oddTimes, undefined, now, now - 1, 1e300], "invalid-token"],
  ["nbf", [undefined, 0, now + 30], [...oddTimes, now + 31, 1e300], "invalid-token"],
  ["iat", [undefined, 0, now + 30], [...oddTimes, now + 31, 1e300], "invalid-token"],
  [
    "scope",
    ["vote", "openid vote", "vote email"],
    [...oddValues, undefined, "Vote", "voter", "vote,email", ["vote"], "gateway", "admin"],
    "insufficient-scope",
  ],
  [
    "sub",
    [],
    [...oddValues.filter((value) => value !== "x" && value !== " "), undefined, "a\nb", "a\u001fb"],
    "invalid-token",
  ],
  [
    "election",
    ["lunch", ["lunch"], ["dinner", "lunch"]],
    [...oddValues, undefined, "Lunch", "lunch ", ["dinner"]],
    "token-for-another-election",
  ],
  ["jti", [undefined, ...oddValues], [], ""],
  ["__proto__", [{ scope: "admin" }], [], ""],
];

describe("a token with its own signature, and one field changed", () => {
  it("is good as it is", () => {
    expect(signed(head, claims)).toBe(alice);
  });

  it.each(headers)("in the header: %s", (field, good, bad, code) => {
    for (const value of good)
      expect([value, signed({ ...head, [field]: value }, claims)]).toEqual([value, alice]);
    for (const value of bad)
      expect([value, signed({ ...head, [field]: value }, claims)]).toEqual([value, code]);
  });

  it.each(payloads)("in the claims: %s", (field, good, bad, code) => {
    for (const value of good)
      expect([value, signed(head, { ...claims, [field]: value })]).toEqual([value, alice]);
    for (const value of bad)
      expect([value, signed(head, { ...claims, [field]: value })]).toEqual([value, code]);
  });
});

describe("a token whose text was changed", () => {
  const token = signedToken(head, claims, edDsa(key.privateKey));
  const [header, payload, signature] = token.split(".");
  it.each<[string, string]>([
    ["another header", `${part({ ...head, x: 1 })}.${payload}.${signature}`],
    ["another payload", `${header}.${part({ ...claims, sub: "bob" })}.${signature}`],
    ["no signature", `${header}.${payload}.`],
    ["two parts", `${header}.${payload}`],
    ["four parts", `${token}.${signature}`],
    ["a part that is empty", `${header}..${signature}`],
    ["padding", `${token}==`],
    ["a blank within", `${header}. ${payload}.${signature}`],
    ["the signature twice", `${token}${signature}`],
    ["a header that is a list", signedToken([head], claims, edDsa(key.privateKey))],
    ["a header that is null", signedToken("null", claims, edDsa(key.privateKey))],
    ["a payload that is a text", signedToken(head, '"alice"', edDsa(key.privateKey))],
    ["a payload that is a list", signedToken(head, [claims], edDsa(key.privateKey))],
    ["the strangers' key", signedToken(head, claims, edDsa(stranger.privateKey))],
    [
      "8,193 characters",
      signedToken(head, { ...claims, x: "x".repeat(6_000) }, edDsa(key.privateKey)),
    ],
  ])("%s", (_what, text) => {
    expect(outcome(text)).toBe("invalid-token");
  });

  it("at any one of its places", () => {
    for (let at = 0; at < token.length; at++) {
      const other = token[at] === "A" ? "B" : "A";
      const changed = token.slice(0, at) + other + token.slice(at + 1);
      // The last letter of the signature has bits that mean nothing.
      if (at === token.length - 1) continue;
      expect(outcome(changed), `${at}`).toBe("invalid-token");
    }
  });
});
