import type { Election } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import type { TokenScope } from "../tokens.js";
import { requireVoterId } from "../voter-id.js";
import type { Issuer } from "./issuer.js";
import type { Claims } from "./key-ring.js";
import { invalidToken } from "./refusals.js";

/** How far ahead an issuer's clock may be. What has expired is replaced with ease: no time more. */
const clockToleranceSeconds = 30;
/** The end of the year 9999, in seconds. No honest token is valid for longer. */
const latestTime = 253_402_300_799;

/** @throws VoteError `invalid-token` for a token of somebody else, or for somebody else */
export function requireParties(claims: Claims, { issuer, audience }: Issuer): void {
  if (claims.iss !== issuer) throw invalidToken("The claim iss is not the issuer's name.");
  const { aud } = claims;
  if (aud === audience || listOf(aud).some((one) => isFor(one, audience))) return;
  throw invalidToken("The token is not for this system: its aud is another.");
}

/** An audience may be that of a single election: `vote:ELECTION`. */
function isFor(one: unknown, audience: string): boolean {
  return one === audience || (typeof one === "string" && one.startsWith(`${audience}:`));
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/**
 * Checks that a token is for this election: by the claim that names elections, or by its audience.
 *
 * @throws VoteError `token-for-another-election`
 */
export function requireForElection(
  claims: Claims,
  { audience, electionClaim }: Issuer,
  { id, tokens }: Pick<Election, "id" | "tokens">,
): void {
  const claim = Object.hasOwn(claims, electionClaim) ? claims[electionClaim] : undefined;
  if (claim === id) return;
  const own = `${audience}:`;
  const bound = listOf(claims.aud).filter((one) => one !== audience && isFor(one, audience));
  if (listOf(claim).includes(id) || bound.includes(own + id)) return;
  const isBound = claim !== undefined || bound.length > 0;
  if (!isBound && tokens === "any-election") return;
  const what = isBound ? "is not for this election" : "names no election";
  throw new VoteError("token-for-another-election", `The token ${what}.`, {
    hint: `Its issuer has to name ${id} in the claim ${electionClaim}, or ${own}${id} as its aud.`,
  });
}

/**
 * Checks `exp`, which is required, `nbf` and `iat`.
 *
 * @param nowMs milliseconds since the epoch
 * @throws VoteError `invalid-token`
 */
export function requireTimes({ exp, nbf, iat }: Claims, nowMs: number): void {
  const now = nowMs / 1_000;
  if (!isTime(exp)) throw invalidToken("The claim exp is not a time in seconds.");
  if (now >= exp) throw invalidToken("The token has expired.");
  for (const [name, time] of [
    ["nbf", nbf],
    ["iat", iat],
  ]) {
    if (time === undefined) continue;
    if (!isTime(time)) throw invalidToken(`The claim ${name} is not a time in seconds.`);
    if (time > now + clockToleranceSeconds) throw invalidToken("The token is not valid yet.");
  }
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= latestTime;
}

/** @throws VoteError `insufficient-scope` if the token, or its issuer, does not allow it */
export function requireScope({ scope }: Claims, wanted: TokenScope, { scopes }: Issuer): void {
  const granted =
    scope === wanted || (typeof scope === "string" && scope.split(" ").includes(wanted));
  if (!granted) {
    throw new VoteError("insufficient-scope", `The token's scope does not include "${wanted}".`);
  }
  if (scopes.includes(wanted)) return;
  throw new VoteError("insufficient-scope", `The token's issuer may not allow "${wanted}".`, {
    hint: "An operator lists what each issuer may allow as its scopes in vote.yaml.",
  });
}

/** @throws VoteError `not-eligible` if the token lacks what its issuer's voters must have */
export function requireEligible(claims: Claims, { require }: Issuer): void {
  for (const name in require) {
    const given = Object.hasOwn(claims, name) ? claims[name] : undefined;
    const wanted = require[name];
    if (given === wanted || (Array.isArray(given) && given.includes(wanted))) continue;
    throw new VoteError("not-eligible", `The token's claim ${name} does not say so.`, {
      hint: "Who may vote is what the identity provider says: ask there.",
    });
  }
}

/** The token's name for whoever bears it. @throws VoteError `invalid-token` */
export function subjectOf(claims: Claims, claim: string): string {
  const subject = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  if (typeof subject !== "string") throw invalidToken(`The claim ${claim} is missing.`);
  if (/\p{Cc}/u.test(subject)) throw invalidToken(`The claim ${claim} has control characters.`);
  return requireVoterId(subject, () => invalidToken(`The claim ${claim} is not a voter id.`));
}
