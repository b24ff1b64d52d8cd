import type { FinalTally } from "../../runtime/elections/final-tally.js";
import type { RunningDev } from "../../runtime/system/dev.js";
import { tokensDirOf } from "../../runtime/system/development-tokens.js";
import { formatCount as number } from "../../runtime/text/numbers.js";

/** The address of the live results page. */
export function resultsPageOf({ urls, election }: RunningDev): string {
  return `${urls.serve}/elections/${election.id}`;
}

/** Links to the voting page. The token is in the fragment, which browsers never send. */
export function votePagesOf(dev: RunningDev): { readonly voter: string; readonly url: string }[] {
  return dev.tokens.voters.map(({ voter, token }) => ({
    voter,
    url: `${resultsPageOf(dev)}/vote#token=${token}`,
  }));
}

/**
 * Renders what `vote dev` prints when it is ready, results page first.
 *
 * @param commands to try in another terminal, as the reader types them
 */
export function devBanner(dev: RunningDev, commands: readonly string[]): string {
  const { urls, election, tokens, dataDir, temporary } = dev;
  const data = temporary ? "temporary: gone at the end; keep it with --data-dir" : dataDir;
  const rows: (readonly [string, string])[] = [
    ["Results", resultsPageOf(dev)],
    ...tokens.voters.map(({ voter, code }, at) => {
      return [at === 0 ? "Vote" : "", `${urls.serve}/v/${code} as ${voter}`] as const;
    }),
    ["Election", `${election.id}, open: ${election.candidates.map(({ id }) => id).join(", ")}`],
    ["APIs", `ingest ${urls.ingest}, admin ${urls.admin}`],
    ["Data", data],
    ["Tokens", `${tokensDirOf(dataDir)} (or --show-tokens)`],
    ...commands.map((command, at) => [at === 0 ? "Try" : "", command] as const),
  ];
  return rows.map(([name, value]) => `  ${name.padEnd(10)}${value}`).join("\n");
}

/** Renders the tokens, and a ballot to paste. */
export function tokensText({ tokens, urls, election }: RunningDev): string {
  const { voter, gateway, admin } = tokens;
  const ballots = `${urls.ingest}/v1/elections/${election.id}/ballots`;
  return [
    `  Voter     ${voter}`,
    `  Gateway   ${gateway}`,
    `  Admin     ${admin}`,
    "",
    `curl -sS ${ballots} -H 'Content-Type: application/json' -H 'Authorization: Bearer ${
      voter
    }' -d '{"choice":"${election.candidates[0].id}"}'`,
    "",
  ].join("\n");
}

/** Renders the final figures, winner first. */
export function finalTallyText(tally: FinalTally): string {
  const ranked = [...tally.result].sort((one, other) => other.votes - one.votes);
  const width = Math.max(...ranked.map(({ candidate }) => candidate.length)) + 2;
  const rejected = Object.entries(tally.rejected).map(([reason, n]) => `${reason} ${number(n)}`);
  return [
    "",
    `Final tally of ${tally.election}: ${number(tally.counted)} counted` +
      (rejected.length > 0 ? `, rejected: ${rejected.join(", ")}` : ""),
    ...ranked.map(({ candidate, votes }) => `  ${candidate.padEnd(width)}${number(votes)}`),
  ].join("\n");
}
