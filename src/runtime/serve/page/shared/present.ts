import type { Disputed, LiveResult } from "../../../contracts/http/result.js";
import { marginText, meanRateOf } from "./comparison.js";
import type { Formats } from "./formats.js";
import { countdownText, hoursText, phaseOf } from "./hours.js";
import { type Standing, standingOf } from "./live-result.js";
import type { Texts } from "./texts-en.js";

/** One candidate's line. */
interface PresentedLine {
  readonly votes: string;
  readonly share: string;
  /** The length of the bar, `0%` to `100%`. */
  readonly width: string;
  readonly leading: boolean;
}

/** The texts of a result on the page, which the server renders and the browser updates. */
export interface Presentation {
  readonly standing: Standing;
  readonly label: string;
  readonly note: string;
  /** The time until voting opens or closes; empty if that is not announced. */
  readonly countdown: string;
  readonly counted: string;
  /** What was counted, in the number's grammar. */
  readonly countedUnit: string;
  readonly margin: string;
  /** Votes per second on average, once voting has ended. */
  readonly meanRate: string;
  /** In the order of the candidates, which never changes while people read. */
  readonly lines: readonly PresentedLine[];
  /** The text of the leading candidate's badge. */
  readonly badge: string;
  readonly rejected: string;
  /** Whether partitions are being sealed, which begins at the close. */
  readonly sealing: boolean;
  readonly sealed: string;
  readonly certifiedAt: string;
  readonly digest: string;
}

/** Formats a result for its page. @param now milliseconds since the epoch */
export function present(
  figures: LiveResult,
  texts: Texts,
  formats: Formats,
  now: number,
): Presentation {
  const mean = meanRateOf(figures);
  const standing = standingOf(figures);
  const most = Math.max(...figures.result.map(({ votes }) => votes));
  return {
    standing,
    label: labelOf(figures, texts),
    note: noteText(figures, texts, formats, now),
    countdown: countdownText(figures, now, texts),
    countedUnit: texts.votesCounted(figures.counted),
    margin: marginText(figures, texts, formats),
    meanRate: mean === undefined ? "" : formats.rate(mean),
    counted: formats.count(figures.counted),
    lines: figures.result.map(({ votes, share }) => ({
      votes: texts.votesUnit(formats.count(votes), votes),
      share: formats.share(share),
      width: `${(share * 100).toFixed(2)}%`,
      leading: votes > 0 && votes === most,
    })),
    badge: standing === "certified" ? texts.mostVotes : texts.leading,
    rejected: rejectedText(figures.rejected, texts, formats),
    sealing: standing !== "draft" && standing !== "counting",
    sealed: texts.ofTotal(
      formats.count(figures.sealedPartitions),
      formats.count(figures.partitions),
    ),
    certifiedAt: figures.certifiedAt === undefined ? "" : formats.dateTime(figures.certifiedAt),
    digest: figures.digest ?? "",
  };
}

/** Names the stage of an election, and what is going on in it. */
export function labelOf(figures: LiveResult, texts: Texts): string {
  return isSealing(figures) ? texts.sealing : texts.standing[standingOf(figures)].label;
}

/** Whether voting is over, and some ballots are not counted yet. */
function isSealing(figures: LiveResult): boolean {
  return standingOf(figures) === "closed" && figures.sealedPartitions < figures.partitions;
}

function noteText(figures: LiveResult, texts: Texts, formats: Formats, now: number): string {
  const standing = standingOf(figures);
  const { note } = texts.standing[standing];
  if (figures.disputed !== undefined && standing === "disputed") {
    return `${note} ${placeText(figures.disputed, texts)}`.trim();
  }
  if (isSealing(figures)) return `${texts.hours.over} ${texts.hours.lastBallots}`;
  if (standing !== "draft" && standing !== "counting") return note;
  const hours = hoursText(figures, now, texts, formats);
  // Between its last ballot and its close, an election is still open.
  const isClosing = phaseOf(figures, now) === "over";
  return `${hours} ${isClosing ? texts.hours.lastBallots : note}`.trim();
}

/** "Found in partition 1, segment 3."; empty if no place is known. */
function placeText(disputed: Disputed, texts: Texts): string {
  const names = ["change", "partition", "segment", "position", "ballot"] as const;
  const parts = names.flatMap((name) => {
    const number = disputed[name];
    return number === undefined ? [] : [texts.places[name](String(number))];
  });
  return parts.length === 0 ? "" : texts.disputedAt(parts.join(", "));
}

function rejectedText(rejected: LiveResult["rejected"], texts: Texts, formats: Formats): string {
  const reasons = Object.entries(rejected);
  const total = reasons.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return formats.count(0);
  const parts = reasons.map(
    ([reason, count]) => `${formats.count(count)} ${texts.reasons[reason] ?? reason}`,
  );
  return parts.length === 1 ? parts[0] : `${formats.count(total)}: ${parts.join(", ")}`;
}
