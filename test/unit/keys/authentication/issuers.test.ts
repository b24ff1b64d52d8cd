import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { IssuerFields } from "../../../../src/runtime/contracts/config/issuers.js";
import { VoteError } from "../../../../src/runtime/core/errors.js";
import {
  type OpenVerifier,
  openTokenVerifier,
} from "../../../../src/runtime/keys/authentication/open-verifier.js";
import {
  type TokenVerifier,
  voterOf,
} from "../../../../src/runtime/keys/authentication/token-verifier.js";
import { openKeyDirectory } from "../../../../src/runtime/keys/key-directory.js";
import type { TokenScope } from "../../../../src/runtime/keys/tokens.js";
import {
  type IdentityProvider,
  startIdentityProvider,
} from "../../../helpers/data/identity-provider.js";
import {
  edDsa,
  es256,
  jwkOf,
  type Signature,
  signedToken,
  unsigned,
} from "../../../helpers/data/signed-token.js";
import { temporaryDirectory } from "../../../helpers/temporary.js";
import { SteppedClock } from "../../../helpers/test-clock.js";

const start = Date.UTC(2027, 0, 1);
const [second, minute, hour] = [1_000, 60_000, 3_600_000];
const keyPair = () => generateKeyPairSync("ed25519");
const [first, next] = [keyPair(), keyPair()];

let provider: IdentityProvider;
let clock: SteppedClock;
let failures: string[];
beforeEach(async () => {
  provider = await startIdentityProvider();
  clock = new SteppedClock(start);
  failures = [];
});
afterEach(() => provider.stop());

async function open(...issuers: IssuerFields[]): Promise<OpenVerifier> {
  const keys = openKeyDirectory(await temporaryDirectory());
  const notice = (what: string, error: unknown) => failures.push(`${what}: ${error}`);
  return openTokenVerifier(keys, { issuers, clock, notice });
}

const claims = (change: object = {}) => ({
  iss: provider.url,
  sub: "alice",
  aud: "vote",
  scope: "vote gateway",
  exp: start / 1_000 + 7 * 86_400,
  ...change,
});
const token = (key: KeyObject, kid: string, change: object = {}) =>
  signedToken({ alg: "EdDSA", kid }, claims(change), edDsa(key));

/** @returns the voter or the error's code */
function outcome(verifier: TokenVerifier, bearer: string, scope: TokenScope = "vote"): string {
  try {
    return voterOf(verifier.verify(`Bearer ${bearer}`, scope));
  } catch (error) {
    if (!(error instanceof VoteError)) throw error;
    return error.code;
  }
}

/** Waits until what the verifier has asked for in the background is here, or has failed. */
async function until(check: () => boolean): Promise<void> {
  await expect.poll(check, { timeout: 15_000, interval: 5 }).toBe(true);
}

const alice = () => `${provider.url}\u001falice`;
const fetches = () => provider.requests.filter((path) => path === "/keys").length;

describe("an issuer by discovery", () => {
  it("is believed by the keys that it publishes, and they change without a restart", async () => {
    provider.publish([jwkOf(first.publicKey, "1")]);
    const verifier = await open({ issuer: provider.url });
    expect(outcome(verifier, token(first.privateKey, "1"))).toBe(alice());
    expect(outcome(verifier, token(next.privateKey, "1"))).toBe("invalid-token");
    provider.publish([jwkOf(next.publicKey, "2")]);
    clock.moveTo(start + 30 * second);
    // Nobody knows yet whether there is such a key.
    expect(outcome(verifier, token(next.privateKey, "2"))).toBe("issuer-unavailable");
    await until(() => outcome(verifier, token(next.privateKey, "2")) === alice());
    // The old key is no longer one.
    expect(outcome(verifier, token(first.privateKey, "1"))).toBe("invalid-token");
    expect(fetches()).toBe(2);
    expect(failures).toEqual([]);
  });

  it("is asked again every ten minutes, without any token", async () => {
    provider.publish([jwkOf(first.publicKey, "1")]);
    const verifier = await open({ issuer: provider.url });
    provider.publish([jwkOf(next.publicKey, "2")]);
    await verifier.refresh();
    clock.moveTo(start + 10 * minute - 1);
    await verifier.refresh();
    expect(fetches()).toBe(1);
    expect(outcome(verifier, token(first.privateKey, "1"))).toBe(alice());
    clock.moveTo(start + 10 * minute);
    await verifier.refresh();
    expect(outcome(verifier, token(next.privateKey, "2"))).toBe(alice());
    expect(fetches()).toBe(2);
  });

  it("is not flooded by a flood of unknown keys", async () => {
    provider.publish([jwkOf(first.publicKey, "1")]);
    const verifier = await open({ issuer: provider.url });
    const unknown = (sent: number) =>
      outcome(verifier, signedToken({ alg: "EdDSA", kid: `x${sent}` }, claims(), unsigned));
    for (let sent = 0; sent < 1_000; sent++) expect(unknown(sent)).toBe("invalid-token");
    expect(fetches()).toBe(1);
    clock.moveTo(start + 30 * second);
    const answers = new Set(Array.from({ length: 1_000 }, (_, sent) => unknown(sent)));
    expect(answers).toEqual(new Set(["issuer-unavailable"]));
    expect(outcome(verifier, token(first.privateKey, "1"))).toBe(alice());
    await until(() => unknown(0) === "invalid-token");
    expect(fetches()).toBe(2);
  });

  it("may be away for a day: its last good keys stay good, then nobody is believed", async () => {
    provider.publish([jwkOf(first.publicKey, "1")]);
    const verifier = await open({ issuer: provider.url });
    provider.failing = 500;
    for (let passed = 10 * minute; passed < 24 * hour; passed += 10 * minute) {
      clock.moveTo(start + passed);
      await verifier.refresh();
      expect(outcome(verifier, token(first.privateKey, "1"))).toBe(alice());
    }
    expect(verifier.issuers()).toEqual([
      { issuer: provider.url, keys: 1, ageMs: 24 * hour - 10 * minute },
    ]);
    clock.moveTo(start + 24 * hour);
    expect(outcome(verifier, token(first.privateKey, "1"))).toBe("issuer-unavailable");
    await verifier.refresh();
    expect(outcome(verifier, token(first.privateKey, "1"))).toBe("issuer-unavailable");
    expect(failures[0]).toMatch(/^keys of issuer .*openid-configuration: it answers 500/);
    provider.failing = undefined;
    clock.moveTo(start + 24 * hour + 30 * second);
    await verifier.refresh();
    expect(outcome(verifier, token(first.privateKey, "1"))).toBe(alice());
  });

  it("may be away at the start", async () => {
    provider.failing = 503;
    provider.publish([jwkOf(first.publicKey, "1")]);
    const verifier = await open({ issuer: provider.url });
    expect(outcome(verifier, token(first.privateKey, "1"))).toBe("issuer-unavailable");
    expect(verifier.issuers()).toEqual([{ issuer: provider.url, keys: 0, ageMs: null }]);
    expect(() => verifier.requireReady()).toThrow(VoteError);
    provider.failing = undefined;
    clock.moveTo(start + 30 * second);
    await verifier.refresh();
    expect(outcome(verifier, token(first.privateKey, "1"))).toBe(alice());
    verifier.requireReady();
  });
});

describe("what an issuer publishes is not taken", () => {
  const document = "/realms/votes/.well-known/openid-configuration";
  it.each<[string, () => void, RegExp]>([
    [
      "as another issuer",
      () => provider.documents.set(document, { issuer: `${provider.url}/`, jwks_uri: "x" }),
      /names another issuer/,
    ],
    [
      "without the keys' address",
      () => provider.documents.set(document, { issuer: provider.url }),
      /names no jwks_uri/,
    ],
    [
      "from an address that is not safe",
      () =>
        provider.documents.set(document, {
          issuer: provider.url,
          jwks_uri: "http://id.example/keys",
        }),
      /http:\/\/id.example\/keys is not an https:\/\/ address/,
    ],
    ["as null", () => provider.documents.set(document, null), /names another issuer/],
    ["as no JSON", () => provider.documents.set("/keys", "<html>"), /keys: .*JSON/],
    ["as no key set", () => provider.documents.set("/keys", { keys: 7 }), /is not a key set/],
    ["without a key", () => provider.publish([]), /holds no key/],
    [
      "with a private key",
      () => provider.publish([jwkOf(first.privateKey, "1")]),
      /key "1" is a private key/,
    ],
    [
      "without an end",
      () => provider.documents.set("/keys", { keys: [], filler: "x".repeat(300_000) }),
      /more than 256 KiB/,
    ],
    ["by a redirect", () => provider.documents.set("/keys", provider.url), /redirect/],
  ])("%s", async (_what, change, reason) => {
    provider.publish([jwkOf(first.publicKey, "1")]);
    const verifier = await open({ issuer: provider.url });
    change();
    clock.moveTo(start + 10 * minute);
    await verifier.refresh();
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatch(reason);
    expect(outcome(verifier, token(first.privateKey, "1"))).toBe(alice());
  });

  it("from an address that is not safe, which is said at the start", async () => {
    for (const issuer of ["http://id.example", "id.example", "https://user:word@id.example"]) {
      await expect(open({ issuer })).rejects.toMatchObject({ code: "invalid-configuration" });
    }
    for (const issuer of ["vote", "a\u001fb"]) {
      const fields = { issuer, jwksUrl: "https://id.example/keys" };
      await expect(open(fields)).rejects.toMatchObject({ code: "invalid-configuration" });
    }
  });
});

describe("several issuers", () => {
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });

  it("have voters of their own, and keys of their own under one kid", async () => {
    provider.publish([jwkOf(first.publicKey, "1")]);
    provider.documents.set("/other", { keys: [jwkOf(ec.publicKey, "1")] });
    const other = "https://other.example";
    const verifier = await open(
      { issuer: provider.url },
      { issuer: other, jwksUrl: new URL("/other", provider.url).href },
    );
    const signed = (by: Signature, alg: string, iss: unknown) =>
      outcome(verifier, signedToken({ alg, kid: "1" }, claims({ iss }), by));
    const [ours, theirs] = [edDsa(first.privateKey), es256(ec.privateKey)];
    expect(signed(ours, "EdDSA", provider.url)).toBe(alice());
    expect(signed(theirs, "ES256", other)).toBe(`${other}\u001falice`);
    expect(signed(theirs, "ES256", provider.url)).toBe("invalid-token");
    expect(signed(ours, "EdDSA", other)).toBe("invalid-token");
    for (const iss of [
      undefined,
      null,
      7,
      "",
      `${other}/`,
      [other],
      [other, provider.url],
      "vote",
    ]) {
      expect(signed(theirs, "ES256", iss)).toBe("invalid-token");
    }
  });

  it("allow what they are trusted with, and their own audience", async () => {
    provider.publish([jwkOf(first.publicKey, "1")]);
    const voters = await open({ issuer: provider.url, audience: "our-votes" });
    const good = token(first.privateKey, "1", { aud: ["account", "our-votes"] });
    expect(outcome(voters, good)).toBe(alice());
    expect(outcome(voters, good, "gateway")).toBe("insufficient-scope");
    expect(outcome(voters, token(first.privateKey, "1"))).toBe("invalid-token");
    const gateways = await open({ issuer: provider.url, scopes: ["gateway"] });
    expect(outcome(gateways, token(first.privateKey, "1"), "gateway")).toBe(alice());
    expect(outcome(gateways, token(first.privateKey, "1"))).toBe("insufficient-scope");
  });

  it("name the voter by the claim that is configured", async () => {
    provider.publish([jwkOf(first.publicKey, "1")]);
    const verifier = await open({ issuer: provider.url, voterClaim: "member_id" });
    const named = (change: object) => outcome(verifier, token(first.privateKey, "1", change));
    expect(named({ member_id: "m-7" })).toBe(`${provider.url}\u001fm-7`);
    for (const member_id of [undefined, 7, "", "a\u001fb", ["m-7"], "x".repeat(256)]) {
      expect(named({ member_id })).toBe("invalid-token");
    }
    const inherited = await open({ issuer: provider.url, voterClaim: "constructor" });
    expect(outcome(inherited, token(first.privateKey, "1"))).toBe("invalid-token");
  });

  it("let vote who has the claims that are required", async () => {
    provider.publish([jwkOf(first.publicKey, "1")]);
    const require = { age_verified: true, groups: "members" };
    const verifier = await open({ issuer: provider.url, require });
    const checked = (change: object) => outcome(verifier, token(first.privateKey, "1", change));
    expect(checked({ age_verified: true, groups: ["staff", "members"] })).toBe(alice());
    expect(checked({ age_verified: true, groups: "members" })).toBe(alice());
    for (const change of [
      {},
      { age_verified: "true", groups: ["members"] },
      { age_verified: 1, groups: ["members"] },
      { age_verified: true, groups: ["member"] },
      { age_verified: true, groups: "members staff" },
      { age_verified: true, groups: { members: "members" } },
    ]) {
      expect(checked(change)).toBe("not-eligible");
    }
  });
});
