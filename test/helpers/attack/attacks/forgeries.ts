import { randomBytes } from "node:crypto";
import type { Attack } from "../attack.js";
import { addressOf, ballotRequest, choices, type Site, tokensOf } from "../site.js";
import { floodOf } from "./requests.js";

const choice = choices.forger;

/** What has no right to vote, and never counts. */
export const forgeries: readonly Attack[] = [
  {
    name: "forged tokens",
    answers: [
      ...["401 invalid-token", "401 missing-token"],
      ...["403 token-for-another-election", "403 insufficient-scope"],
    ],
    begin: async (site, size) => {
      const tokens = forgedTokens(site);
      return floodOf(size, "401 invalid-token", (number) => ({
        ...ballotRequest(site, { token: tokens[number % tokens.length], choice }),
        address: addressOf(10, number % size.workers),
      }));
    },
  },
  {
    name: "spoofed X-Forwarded-For",
    answers: ["401 missing-token"],
    begin: async (site, size) =>
      floodOf(size, "401 missing-token", (number) => {
        const { headers, ...request } = ballotRequest(site, { choice });
        const forwarded = { "x-forwarded-for": addressOf(11, number), forwarded: "for=127.0.0.1" };
        return { ...request, headers: { ...headers, ...forwarded }, address: addressOf(12, 0) };
      }),
  },
  {
    name: "random election ids",
    answers: ["404 unknown-election"],
    begin: async (site, size) => {
      const token = tokensOf(site)("guesser");
      return floodOf(size, "404 unknown-election", (number) => {
        const election = `x${randomBytes(12).toString("hex")}`;
        const ballot = ballotRequest({ ...site, election }, { token, choice });
        const { port, path } = ballot;
        const asked = { port, path: path.replace("/ballots", ""), method: "GET" } as const;
        return { ...(number % 2 === 0 ? ballot : asked), address: addressOf(13, number % 64) };
      });
    },
  },
];

function forgedTokens(site: Site): readonly (string | undefined)[] {
  const good = tokensOf(site)("forger");
  const [head, claims, signature] = good.split(".");
  const other = Buffer.from(claims, "base64url").toString().replace("forger", "honest-0");
  const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString("base64url");
  return [
    undefined,
    "",
    `${head}.${Buffer.from(other).toString("base64url")}.${signature}`,
    `${none}.${claims}.`,
    `${head}.${claims}.`,
    tokensOf(site, { secret: randomBytes(32) })("forger"),
    tokensOf(site, { nowMs: Date.now() - 86_400_000 })("forger"),
    tokensOf(site, { election: "another" })("forger"),
    tokensOf(site, { scope: "gateway" })("forger"),
  ];
}
