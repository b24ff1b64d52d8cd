import type { Standing } from "./live-result.js";

interface StandingText {
  readonly label: string;
  readonly note: string;
}

/** All texts of the pages in one language. Arguments come formatted. */
export interface Texts {
  readonly languageName: string;
  readonly skip: string;
  readonly brand: string;
  readonly language: string;
  readonly standing: Readonly<Record<Standing, StandingText>>;
  readonly elections: string;
  readonly noElections: string;
  readonly allElections: string;
  readonly votesCounted: string;
  readonly results: string;
  readonly candidate: string;
  readonly votes: string;
  readonly share: string;
  readonly shareOfVotes: string;
  readonly leading: string;
  readonly mostVotes: string;
  readonly votesUnit: (votes: string) => string;
  readonly votesPerSecond: string;
  readonly chartCaption: (highest: string) => string;
  readonly facts: string;
  readonly lastUpdate: string;
  readonly rejected: string;
  readonly reasons: Readonly<Record<string, string>>;
  readonly partitionsSealed: string;
  readonly ofTotal: (part: string, total: string) => string;
  readonly certified: string;
  readonly downloads: string;
  readonly check: string;
  readonly digest: string;
  readonly checkWithDigest: string;
  readonly checkLater: string;
  readonly withoutScript: string;
  readonly refresh: string;
  readonly stale: (time: string, age: string) => string;
  readonly reconnecting: (age: string) => string;
  readonly behind: (seconds: string) => string;
  readonly age: (seconds: string) => string;
  readonly announce: (title: string, counted: string, leader: string, share: string) => string;
  readonly announceNone: (title: string) => string;
  readonly problem: string;
  readonly problemHint: string;
  readonly about: string;
  readonly voting: VotingTexts;
}

interface VotingTexts {
  readonly heading: string;
  readonly choose: string;
  readonly submit: string;
  readonly again: string;
  readonly asVoter: (voter: string) => string;
  readonly noToken: string;
  readonly needsScript: string;
  readonly sending: string;
  readonly chooseFirst: string;
  readonly unknown: string;
  readonly refused: (reason: string) => string;
  readonly receipt: string;
  readonly receiptNote: string;
  readonly ballotId: string;
  readonly yourChoice: string;
  readonly partition: string;
  readonly position: string;
  readonly receivedAt: string;
  readonly waiting: string;
  readonly taken: string;
  readonly takenNote: string;
  readonly toResults: string;
}

export const english: Texts = {
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
  },
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
  votesUnit: (votes) => `${votes} votes`,
  votesPerSecond: "Votes per second",
  chartCaption: (highest) => `Over time; highest: ${highest} votes per second.`,
  facts: "About this count",
  lastUpdate: "Last update",
  rejected: "Rejected ballots",
  reasons: {
    "already-voted": "already voted",
    "election-closed": "after the close",
    "unknown-candidate": "no such candidate",
  },
  partitionsSealed: "Partitions sealed",
  ofTotal: (part, total) => `${part} of ${total}`,
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
  stale: (time, age) => `The live figures are unavailable. These are from ${time}, ${age}.`,
  reconnecting: (age) => `Connection lost, reconnecting. Last update: ${age}.`,
  behind: (seconds) => `The count is ${seconds} s behind the ballots received.`,
  age: (seconds) => `${seconds} s ago`,
  announce: (title, counted, leader, share) =>
    `${title}: ${counted} votes counted. ${leader} leads with ${share}.`,
  announceNone: (title) => `${title}: no votes counted yet.`,
  problem: "This page cannot be shown",
  problemHint: "Try again in a moment.",
  about: "Every acknowledged ballot is decided exactly once, and recounted before certification.",
  voting: {
    heading: "Vote",
    choose: "Choose one",
    submit: "Cast my vote",
    again: "Send the same ballot again",
    asVoter: (voter) => `You vote as ${voter}.`,
    noToken: "This address has no voter token. Open the link that vote dev prints.",
    needsScript: "Voting on this page needs JavaScript.",
    sending: "Sending your ballot …",
    chooseFirst: "Choose a candidate first.",
    unknown:
      "There was no answer, so your ballot may or may not have arrived. " +
      "Sending the same ballot again is safe: it cannot count twice.",
    refused: (reason) => `Your ballot was refused: ${reason}`,
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
