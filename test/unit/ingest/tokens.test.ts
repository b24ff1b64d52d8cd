import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ballotBytes, readBallot } from "../../../src/runtime/core/formats/ballot.js";
import { frameHeaderBytes } from "../../../src/runtime/core/formats/frame.js";
import { issuerOf } from "../../../src/runtime/keys/authentication/issuer.js";
import { KeyRing } from "../../../src/runtime/keys/authentication/key-ring.js";
import { createTokenVerifier } from "../../../src/runtime/keys/authentication/token-verifier.js";
import {
  hs256,
  jwkOf,
  rs256 as rs256By,
  type Signature,
  signedToken,
  unsigned,
} from "../../helpers/data/signed-token.js";
import { type Bench, batch, problemCode, startBench, vote } from "./support.js";

const secret = Buffer.from("a secret of at least thirty-two bytes");
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const publicPem = rsa.publicKey.export({ type: "spki", format: "pem" });
const jwks = { keys: [jwkOf(rsa.publicKey, "r")] };
const rs256 = rs256By(rsa.privateKey);
const provider = "https://id.example";

const now = Math.floor(Date.now() / 1_000);
function token(
  header: { alg: string; kid?: string },
  change: object,
  signature: Signature,
): string {
  const iss = header.alg === "RS256" ? provider : "vote";
  const claims = { iss, sub: "alice", aud: "vote", scope: "vote gateway", exp: now + 600 };
  const election = ["lunch", "namesakes"];
  return signedToken(header, { ...claims, election, ...change }, signature);
}

let bench: Bench;
beforeAll(async () => {
  const issuer = issuerOf({ issuer: provider, scopes: ["vote", "gateway"] });
  const issuers = [{ ...issuer, keys: new KeyRing(jwks) }];
  bench = await startBench({ verifier: createTokenVerifier({ secret, issuers }) });
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
    ["RS256 without an issuer", token(rs, { iss: undefined }, rs256), "invalid-token"],
    ["RS256 in our own name", token(rs, { iss: "vote" }, rs256), "invalid-token"],
    ["HS256 in the provider's name", token(hs, { iss: provider }, hs256(secret)), "invalid-token"],
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

  it("makes equal subjects of two issuers two voters, and a retry none", async () => {
    await bench.election("namesakes");
    const ballotId = "5".repeat(32);
    const body = JSON.stringify({ choice: "soup", ballotId });
    for (const good of [token(hs, {}, hs256(secret)), token(rs, {}, rs256)]) {
      for (let sent = 0; sent < 2; sent++) {
        expect((await vote(bench, "namesakes", { token: good, body })).status).toBe(202);
      }
    }
    // A gateway's voter is a namesake of our own tokens' voter; it names an issuer's on purpose.
    const voters = ["alice", `${provider}\u001falice`, `${provider} alice`];
    const lines = voters.map((voter) => JSON.stringify({ voter, choice: "soup", ballotId }));
    const gateway = token(hs, {}, hs256(secret));
    for (const body of lines) {
      expect((await batch(bench, "namesakes", { token: gateway, body })).status).toBe(200);
    }
    const tags = (await bench.frames("namesakes")).flatMap(({ bytes, ballotCount }) =>
      Array.from({ length: ballotCount }, (_, index) => {
        const { voterTag } = readBallot(bytes, frameHeaderBytes + index * ballotBytes);
        return Buffer.from(voterTag).toString("hex");
      }),
    );
    expect(tags).toHaveLength(7);
    expect(new Set(tags).size).toBe(3);
  });
});

describe("a token for one election", () => {
  const attempts = async (id: string, change: object) => {
    const bearer = { token: token(rs, change, rs256) };
    const answers = [
      await vote(bench, id, { ...bearer, body: ballot }),
      await batch(bench, id, { ...bearer, body: line }),
    ];
    return Promise.all(answers.map((answer) => (answer.ok ? answer.status : problemCode(answer))));
  };
  const lookUp = async (id: string, change: object) => {
    const url = `${bench.ingest.url}/v1/elections/${id}/ballots/${"5".repeat(32)}?position=0`;
    const authorization = `Bearer ${token(rs, change, rs256)}`;
    const answer = await fetch(url, { headers: { authorization } });
    return answer.ok ? answer.status : problemCode(answer);
  };
  const taken = [202, 200];
  const refused = Array(2).fill("403 token-for-another-election");
  let taking = 0;
  beforeAll(async () => {
    await bench.election("strict");
    await bench.election("any", "open", { tokens: "any-election" });
  });

  it.each<[string, object]>([
    ["the claim", { election: "strict" }],
    ["a list", { election: ["lunch", "strict"] }],
    ["the audience alone", { election: undefined, aud: "vote:strict" }],
    ["one of the audiences", { election: undefined, aud: ["account", "vote", "vote:strict"] }],
  ])("is taken there by %s, and nowhere else", async (_what, change) => {
    expect(await attempts("strict", change)).toEqual(taken);
    taking += 2;
    expect(await attempts("any", change)).toEqual(refused);
    expect(await lookUp("any", change)).toBe(refused[0]);
    expect(await lookUp("strict", change)).toBe(200);
  });

  it.each<[string, object]>([
    ["none", { election: undefined }],
    ["another", { election: "strict-2" }],
    ["others", { election: ["lunch", "Strict", "strict "] }],
    ["no text", { election: { strict: true } }],
    ["a list in a list", { election: [["strict"]] }],
    ["an empty list", { election: [] }],
    ["another by audience", { election: undefined, aud: ["vote", "vote:strict-2"] }],
  ])("that names %s is refused", async (_what, change) => {
    expect(await attempts("strict", change)).toEqual(refused);
  });

  it("may name none where the election takes that", async () => {
    expect(await attempts("any", { election: undefined })).toEqual(taken);
    expect(await attempts("any", { election: undefined, aud: ["vote"] })).toEqual(taken);
    expect(await attempts("any", { election: [] })).toEqual(refused);
    expect(await attempts("any", { election: "lunch" })).toEqual(refused);
    const others = { election: undefined, aud: ["votes:any", "any", "vote-any:any"] };
    expect(await attempts("any", others)).toEqual(Array(2).fill("401 invalid-token"));
  });

  it("and nothing that was refused is in the log", async () => {
    const count = async (id: string) =>
      (await bench.frames(id)).reduce((sum, { ballotCount }) => sum + ballotCount, 0);
    expect([await count("strict"), await count("any")]).toEqual([taking, 4]);
  });
});
