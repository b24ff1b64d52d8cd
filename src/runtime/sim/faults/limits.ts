import { VoteError } from "../../core/errors.js";
import { type FaultKind, faultKinds } from "./fault-plan.js";

/** What simulations are kept to. The rest is drawn from the seed, and so is how much less it is. */
export interface Limits {
  /** The only kinds of faults that may happen. */
  readonly faults?: readonly FaultKind[];
  /** At most so many. */
  readonly voters?: number;
  readonly partitions?: number;
  /** At most so many ingests, tallies, admins and certifiers each. */
  readonly roles?: number;
  /** The election is open for so long, at most. */
  readonly seconds?: number;
}

/** The flags of `vote sim` that repeat a simulation. */
export function flagsOf(seed: number, { faults, ...counts }: Limits): string {
  const kinds = faults?.map(slugOf).join(",") || "none";
  const all = { seed, ...counts, faults: faults && kinds };
  return Object.entries(all)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `--${name} ${value}`)
    .join(" ");
}

/** A kind of fault as a flag names it. */
const slugOf = (kind: FaultKind) => kind.replaceAll(/[^a-z]+/g, "-");

/**
 * Reads what `--faults` names.
 *
 * @throws VoteError `invalid-usage`
 */
export function faultsNamed(text: string): FaultKind[] {
  if (text === "none") return [];
  return text.split(",").map((slug) => {
    const kind = faultKinds.find((one) => slugOf(one) === slug.trim());
    if (kind !== undefined) return kind;
    const detail = `--faults names "${slug.slice(0, 40)}", which is no kind of fault.`;
    throw new VoteError("invalid-usage", detail, {
      hint: `The kinds are ${faultKinds.map(slugOf).join(", ")}; or none.`,
    });
  });
}
