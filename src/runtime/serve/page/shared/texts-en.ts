import type { Standing } from "./live-result.js";

/** All texts of the pages, in English. Arguments come formatted. */
export const english = {
  languageName: "English",
  skip: "Skip to the results",
  brand: "Live results",
  language: "Language",
  standing: {
    draft: { label: "Not open yet", note: "" },
    counting: { label: "Unofficial, counting", note: "These figures are not final." },
    closed: {
      label: "Closed, awaiting recount",
      note: "Voting has ended. The result becomes official once an independent recount agrees.",
    },
    recounting: {
      label: "Closed, recounting",
      note: "Voting has ended. An independent recount is checking every ballot.",
    },
    disputed: {
      label: "Disputed, not official",
      note:
        "Voting has ended. The recount found something that does not agree, so the result is " +
        "held until it is explained.",
    },
    certified: {
      label: "Official, certified",
      note: "The independent recount agrees. These figures are final.",
    },
  } satisfies Record<Standing, { readonly label: string; readonly note: string }>,
  sealing: "Voting over, counting",
  disputedAt: (place: string) => `Found first in ${place}.`,
  places: {
    change: (number: string) => `change ${number} of the election`,
    partition: (number: string) => `partition ${number}`,
    segment: (number: string) => `segment ${number}`,
    position: (number: string) => `position ${number}`,
    ballot: (number: string) => `ballot ${number}`,
  },
  hours: {
    before: "Voting has not begun.",
    opens: (time: string) => `Voting opens: ${time}.`,
    open: "Voting is open.",
    openUntil: (time: string) => `Voting is open until ${time}.`,
    over: "Voting has ended.",
    left: (duration: string) => `${duration} to go.`,
    lastBallots: "The last ballots are being counted.",
  },
  elections: "Elections",
  noElections: "There are no elections yet.",
  allElections: "All elections",
  votesCounted: (count: number): string => (count === 1 ? "vote counted" : "votes counted"),
  results: "Results",
  candidate: "Candidate",
  votes: "Votes",
  share: "Share",
  shareOfVotes: "Share of the counted votes",
  leading: "Leading",
  mostVotes: "Most votes",
  votesUnit: (votes: string, count: number) => `${votes} ${count === 1 ? "vote" : "votes"}`,
  ahead: (first: string, second: string, votes: string, points: string) =>
    `${first} is ahead of ${second} by ${votes} (${points} percentage points).`,
  level: (votes: string) => `The first places are level, with ${votes} each.`,
  votesPerSecond: "Votes per second",
  rateNow: "at the moment",
  rateMean: "on average while voting was open",
  chartCaption: (highest: string) => `Over time; highest: ${highest} per second.`,
  turnout: "Votes counted over time",
  turnoutCaption: (time: string, votes: string) => `Since ${time}: ${votes}.`,
  facts: "About this count",
  lastUpdate: "Last update",
  rejected: "Rejected ballots",
  reasons: {
    "already-voted": "already voted",
    "election-closed": "after the close",
    "unknown-candidate": "no such candidate",
    "wrong-partition": "in a wrong partition",
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
  announce: (title: string, votes: string, leader: string, share: string) =>
    `${title}: ${votes} counted. ${leader} leads with ${share}.`,
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
    noToken: "This address has no voter token. Open the link that you were given to vote.",
    needsScript: "Voting on this page needs JavaScript.",
    sending: "Sending your ballot …",
    chooseFirst: "Choose a candidate first.",
    unknown:
      "It is not known whether your ballot has arrived: the server gave no clear answer. " +
      "Sending the same ballot again is safe: it cannot count twice.",
    unknownAtEnd:
      "It is not known whether your ballot has arrived: the server gave no clear answer, and " +
      "voting has ended since.",
    refused: (reason: string) => `Your ballot was refused: ${reason}`,
    refusals: {
      "election-closed": "voting has ended.",
      "election-not-open": "voting has not begun.",
      "unknown-election": "this election does not exist any more.",
      "unknown-candidate": "this candidate is not on the ballot. Load the page again.",
      "missing-token": "your link to vote is incomplete. Ask for a new one.",
      "invalid-token": "your link to vote is not valid, or not any more. Ask for a new one.",
      "too-many-requests": "too many came in a short time. Wait a moment, then try again.",
      "proof-required": "this browser could not solve what keeps bots away. Try another one.",
      "insufficient-scope": "your link does not give the right to vote. Ask for another one.",
      "token-for-another-election": "your link to vote is for another election.",
      "not-eligible": "you are not among those who may vote, as far as your login says.",
    } as Readonly<Record<string, string>>,
    refusedOtherwise: (code: string) => `the server did not accept it (${code}).`,
    earlierUnknown: "An attempt before may have arrived all the same.",
    receipt: "Your ballot has arrived",
    receiptNote: "It is stored safely. Your receipt:",
    ballotId: "Ballot id",
    yourChoice: "Your choice",
    receivedAt: "Received",
    save: "Save the signed receipt",
    saveNote:
      "With it you can prove that your ballot was taken, and whoever audits the election can " +
      "find it. It shows your choice: give it to nobody who should not know.",
    picture: "Show it as a QR code",
    pictureNote: "Scan it with another device to keep the receipt there.",
    pictureLabel: "The signed receipt as a QR code",
    signed: "Signed receipt",
    details: "Details",
    detailsNote: "Where your ballot stands in the log:",
    partition: "Partition",
    position: "Position",
    waiting: "Waiting for the count to reach your ballot …",
    counted: "Counted.",
    rejected: (reason: string) => `Rejected: ${reason}.`,
    rejections: {
      "already-voted": "you had voted before",
      "election-closed": "voting had ended",
      "unknown-candidate": "the election has no such candidate",
      "wrong-partition": "it came in a wrong partition",
    } as Readonly<Record<string, string>>,
    votedBefore: "You had voted already",
    votedBeforeNote:
      "This ballot is stored, but does not count: an earlier one of yours does. Its receipt:",
    notCounted: "Your ballot does not count",
    notCountedNote: "It is stored, but the count has rejected it. Its receipt:",
    undecided:
      "It is not known yet whether your ballot counts. Reload this page later to ask again.",
    notFound:
      "Its decision was not found. With your receipt, whoever runs the election can look for it.",
    onlyFirst: "Only your first ballot in this election counts. Any other one is rejected.",
    voted: "You have voted already",
    votedNote: (time: string) => `A ballot of yours from this browser arrived on ${time}.`,
    toResults: "To the results page",
  },
};

/** The same texts in any language. */
export type Texts = typeof english;
