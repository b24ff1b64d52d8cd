import type { FinalTally } from "../../runtime/elections/final-tally.js";
import type { RunningDev } from "../../runtime/system/dev.js";
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

/** Renders what `vote dev` prints when it is ready: addresses, tokens and commands to paste. */
export function devBanner(dev: RunningDev): string {
  const { urls, election, tokens, dataDir, temporary } = dev;
  const persistence = temporary
    ? "temporary (lost when this process ends; keep it with --data-dir)"
    : dataDir;
  const rows: [string, string][] = [
    ["Ingest", urls.ingest],
    ["Results page", resultsPageOf(dev)],
    ["Results JSON", `${urls.serve}/v1/elections/${election.id}/result`],
    ["Admin API", urls.admin],
    ["Persistence", persistence],
    ["Election", `${election.id} (open): ${election.candidates.map(({ id }) => id).join(", ")}`],
    ["Voter token", tokens.voter],
    ["Gateway token", tokens.gateway],
    ["Admin token", tokens.admin],
  ];
  const ballots = `${urls.ingest}/v1/elections/${election.id}/ballots`;
  return [
    "",
    ...rows.map(([name, value]) => `  ${`${name}:`.padEnd(15)}${value}`),
    "",
    ...votePagesOf(dev).map(({ voter, url }) => `  Vote as ${voter}: ${url}`),
    "",
    "  Try, in another terminal:",
    "",
    `curl -sS ${ballots} -H 'Content-Type: application/json' -H 'Authorization: Bearer ${
      tokens.voter
    }' -d '{"choice":"${election.candidates[0].id}"}'`,
    "npx vote load --rps 5000 --duration 10s",
    "npx vote monitor",
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
