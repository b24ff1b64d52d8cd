import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTokenVerifier } from "../../../src/runtime/keys/tokens.js";
import { type Bench, batch, problemCode, startBench, vote } from "./support.js";

const secret = Buffer.from("a secret of at least thirty-two bytes");
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const publicPem = rsa.publicKey.export({ type: "spki", format: "pem" });
const jwks = { keys: [{ ...rsa.publicKey.export({ format: "jwk" }), kid: "r" }] };

type Signature = (input: string) => Buffer;
const hs256 = (key: string | Buffer): Signature => {
  return (input) => createHmac("sha256", key).update(input).digest();
};
const rs256: Signature = (input) => sign("sha256", Buffer.from(input), rsa.privateKey);
const unsigned: Signature = () => Buffer.alloc(0);

const now = Math.floor(Date.now() / 1_000);
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
/** Made by hand, because no library signs what must be refused. */
function token(header: object, change: object, signature: Signature): string {
  const claims = { sub: "alice", aud: "vote", scope: "vote gateway", exp: now + 600, ...change };
  const input = `${part(header)}.${part(claims)}`;
  return `${input}.${signature(input).toString("base64url")}`;
}

let bench: Bench;
beforeAll(async () => {
  bench = await startBench({ verifier: createTokenVerifier({ secret, jwks }) });
  await bench.election("lunch");
});
afterAll(() => bench.stop());

const hs = { alg: "HS256" };
const rs = { alg: "RS256", kid: "r" };
const ballot = '{"choice":"soup"}';
const line = '{"voter":"alice","choice":"soup"}\n';

describe("a token over HTTP", () => {
  it.each([
    ["none", undefined, "missing-token"],
    ["no token at all", "x", "invalid-token"],
    ["expired", token(hs, { exp: now - 1 }, hs256(secret)), "invalid-token"],
    ["without an end", token(hs, { exp: undefined }, hs256(secret)), "invalid-token"],
    ["for another audience", token(hs, { aud: "bank" }, hs256(secret)), "invalid-token"],
    ["of another secret", token(hs, {}, hs256("b".repeat(32))), "invalid-token"],
    ["alg none", token({ alg: "none" }, {}, unsigned), "invalid-token"],
    ["alg none, with a signature", token({ alg: "none" }, {}, hs256(secret)), "invalid-token"],
    ["HS256 by the public key", token(hs, {}, hs256(publicPem)), "invalid-token"],
    [
      "HS256 by the public key's kid",
      token({ ...hs, kid: "r" }, {}, hs256(publicPem)),
      "invalid-token",
    ],
    ["RS256 without a signature", token(rs, {}, unsigned), "invalid-token"],
  ])(
    "%s is refused with 401, alone and in a batch, and leaves no ballot",
    async (_what, bad, code) => {
      const single = await vote(bench, "lunch", { token: bad, body: ballot });
      expect(await problemCode(single)).toBe(`401 ${code}`);
      const many = await batch(bench, "lunch", { token: bad, body: line });
      expect(await problemCode(many)).toBe(`401 ${code}`);
      expect(await bench.frames("lunch")).toEqual([]);
    },
  );

  it("of the wrong scope is refused with 403 on either route", async () => {
    const voter = token(hs, { scope: "vote" }, hs256(secret));
    const gateway = token(hs, { scope: "gateway" }, hs256(secret));
    const single = await vote(bench, "lunch", { token: gateway, body: ballot });
    expect(await problemCode(single)).toBe("403 insufficient-scope");
    const many = await batch(bench, "lunch", { token: voter, body: line });
    expect(await problemCode(many)).toBe("403 insufficient-scope");
    expect(await bench.frames("lunch")).toEqual([]);
  });

  it("that is good lets the ballot in, by secret and by public key", async () => {
    for (const good of [token(hs, {}, hs256(secret)), token(rs, {}, rs256)]) {
      expect((await vote(bench, "lunch", { token: good, body: ballot })).status).toBe(202);
      expect((await batch(bench, "lunch", { token: good, body: line })).status).toBe(200);
    }
  });
});
