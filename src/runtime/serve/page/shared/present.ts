import type { Formats } from "./formats.js";
import { type Figures, type Standing, standingOf } from "./live-result.js";
import type { Texts } from "./texts-en.js";

export interface ShownLine {
  readonly votes: string;
  readonly share: string;
  /** Length of the bar, `0%` to `100%`. */
  readonly width: string;
  readonly leading: boolean;
}

/** A result as the page shows it: the server writes this, and the browser goes on with it. */
export interface Shown {
  readonly standing: Standing;
  readonly label: string;
  readonly note: string;
  readonly counted: string;
  /** In the order of the candidates, which does not change while people read. */
  readonly lines: readonly ShownLine[];
  /** What the badge of the first line says. */
  readonly badge: string;
  readonly rejected: string;
  /** Whether there is anything to seal yet: not before the close. */
  readonly sealing: boolean;
  readonly sealed: string;
  readonly certifiedAt: string;
  readonly digest: string;
}

export function present(figures: Figures, texts: Texts, formats: Formats): Shown {
  const standing = standingOf(figures);
  const most = Math.max(...figures.result.map(({ votes }) => votes));
  return {
    standing,
    ...texts.standing[standing],
    counted: formats.count(figures.counted),
    lines: figures.result.map(({ votes, share }) => ({
      votes: texts.votesUnit(formats.count(votes)),
      share: formats.share(share),
      width: `${(share * 100).toFixed(2)}%`,
      leading: votes > 0 && votes === most,
    })),
    badge: standing === "certified" ? texts.mostVotes : texts.leading,
    rejected: rejectedText(figures.rejected, texts, formats),
    sealing: standing === "recounting" || standing === "certified",
    sealed: texts.ofTotal(
      formats.count(figures.sealedPartitions),
      formats.count(figures.partitions),
    ),
    certifiedAt: figures.certifiedAt === undefined ? "" : formats.dateTime(figures.certifiedAt),
    digest: figures.digest ?? "",
  };
}

function rejectedText(rejected: Figures["rejected"], texts: Texts, formats: Formats): string {
  const reasons = Object.entries(rejected);
  const total = reasons.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return formats.count(0);
  const parts = reasons.map(
    ([reason, count]) => `${formats.count(count)} ${texts.reasons[reason] ?? reason}`,
  );
  return parts.length === 1 ? parts[0] : `${formats.count(total)}: ${parts.join(", ")}`;
}
