import { acknowledgedUntil } from "../../runtime/core/closing.js";
import type { Election } from "../../runtime/core/election.js";

/**
 * Renders an election for `vote election show`, one aligned field a line.
 *
 * @param now milliseconds since the epoch
 */
export function electionText(election: Election, now: number): string {
  const { status, closesAt = Number.POSITIVE_INFINITY } = election;
  const closing = status === "open" && closesAt <= now;
  const time = (ms: number | undefined) => (ms === undefined ? "" : new Date(ms).toISOString());
  const suspended = (election.gateways ?? []).filter((one) => one.suspended);
  const rows: [string, string][] = [
    ["Election", election.id],
    ["Title", election.title],
    ["Status", closing ? "open, closing: it takes no more ballots" : status],
    ["Candidates", election.candidates.map(({ id, name }) => `${id} (${name})`).join(", ")],
    ["Partitions", String(election.partitions)],
    ["Key", election.keyId],
    ["Created", time(election.createdAt)],
    ["Opens at", time(election.opensAt)],
    ["Closes at", time(election.closesAt)],
    ["Opened", time(election.openedAt)],
    ["Closed", time(election.closedAt)],
    ["Certified", time(election.certifiedAt)],
    ["Asks for", election.proofOfWork ? "a proof of work with each ballot" : ""],
    ["Suspended", suspended.map(({ gateway }) => `gateway ${gateway}`).join(", ")],
  ];
  return rows
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${name.padEnd(11)}${value}`)
    .join("\n");
}

/** Says what happens when an election whose end is announced. */
export function closingText(election: Election): string {
  const time = (ms: number) => new Date(ms).toISOString();
  const { id, closesAt = 0 } = election;
  return (
    `Election ${id} is closing: no ballot is taken from ${time(closesAt)} on; those taken before ` +
    `are acknowledged until ${time(acknowledgedUntil(election))}, and then it is closed.`
  );
}
