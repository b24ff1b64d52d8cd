import type { Standing } from "./live-result.js";

/** All texts of the pages, in English. Arguments come formatted. */
export const english = {
  languageName: "English",
  skip: "Skip to the results",
  brand: "Live results",
  language: "Language",
  standing: {
    draft: { label: "Not open yet", note: "Voting has not begun." },
    counting: {
      label: "Unofficial, counting",
      note: "Votes are still coming in. These figures are not final.",
    },
    recounting: {
      label: "Closed, recounting",
      note: "Voting has ended. An independent recount is checking every ballot.",
    },
    certified: {
      label: "Official, certified",
      note: "The independent recount agrees. These figures are final.",
    },
  } satisfies Record<Standing, { readonly label: string; readonly note: string }>,
  elections: "Elections",
  noElections: "There are no elections yet.",
  allElections: "All elections",
  votesCounted: "votes counted",
  results: "Results",
  candidate: "Candidate",
  votes: "Votes",
  share: "Share",
  shareOfVotes: "Share of the counted votes",
  leading: "Leading",
  mostVotes: "Most votes",
  votesUnit: (votes: string) => `${votes} votes`,
  votesPerSecond: "Votes per second",
  chartCaption: (highest: string) => `Over time; highest: ${highest} votes per second.`,
  facts: "About this count",
  lastUpdate: "Last update",
  rejected: "Rejected ballots",
  reasons: {
    "already-voted": "already voted",
    "election-closed": "after the close",
    "unknown-candidate": "no such candidate",
  } as Readonly<Record<string, string>>,
  partitionsSealed: "Partitions sealed",
  ofTotal: (part: string, total: string) => `${part} of ${total}`,
  certified: "Certified",
  downloads: "Download the figures",
  check: "Check the result",
  digest: "Digest of the recount (SHA-256)",
  checkWithDigest:
    "Anyone with the ledger can recount it with this command, which must print the same digest.",
  checkLater:
    "The digest of the independent recount will appear here once the result is certified.",
  withoutScript: "Without JavaScript this page does not update itself.",
  refresh: "Refresh",
  stale: (time: string, age: string) =>
    `The live figures are unavailable. These are from ${time}, ${age}.`,
  reconnecting: (age: string) => `Connection lost, reconnecting. Last sign of the server: ${age}.`,
  silent: (age: string) => `The server is silent, reconnecting. Last sign of it: ${age}.`,
  behind: (seconds: string) => `The count is ${seconds} s behind the ballots received.`,
  age: (seconds: string) => `${seconds} s ago`,
  announce: (title: string, counted: string, leader: string, share: string) =>
    `${title}: ${counted} votes counted. ${leader} leads with ${share}.`,
  announceNone: (title: string) => `${title}: no votes counted yet.`,
  problem: "This page cannot be shown",
  problemHint: "Try again in a moment.",
  about: "Every acknowledged ballot is decided exactly once, and recounted before certification.",
  voting: {
    heading: "Vote",
    choose: "Choose one",
    submit: "Cast my vote",
    again: "Send the same ballot again",
    asVoter: (voter: string) => `You vote as ${voter}.`,
    noToken: "This address has no voter token. Open the link that vote dev prints.",
    needsScript: "Voting on this page needs JavaScript.",
    sending: "Sending your ballot …",
    chooseFirst: "Choose a candidate first.",
    unknown:
      "There was no answer, so your ballot may or may not have arrived. " +
      "Sending the same ballot again is safe: it cannot count twice.",
    refused: (reason: string) => `Your ballot was refused: ${reason}`,
    receipt: "Your receipt",
    receiptNote: "Your ballot is on disk. This is its place in the log.",
    ballotId: "Ballot id",
    yourChoice: "Your choice",
    partition: "Partition",
    position: "Position",
    receivedAt: "Received",
    waiting: "Waiting for the count to reach your ballot …",
    taken: "The count has reached your ballot.",
    takenNote: "It counts if it is your first in this election. A second one is rejected.",
    toResults: "See the live results",
  },
};

/** The same texts in any language. */
export type Texts = typeof english;
