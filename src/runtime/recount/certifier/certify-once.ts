import type { Election } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import type { Certificate } from "../../core/formats/certificate.js";
import { type CertifierWorld, type CertifyWatch, makeOfficial } from "./make-official.js";
import { oneAfterTheOther } from "./one-after-the-other.js";

interface CertifyOnceOptions extends CertifierWorld {
  /** This election, or all that are closed. */
  readonly only?: string | undefined;
  readonly sealsWithinMs: number;
  readonly watchOf: (election: Election) => CertifyWatch;
}

/** What has become of one election: its certificate, or why it has none. */
export interface CertifyVerdict {
  readonly election: string;
  readonly certificate?: Certificate;
  /** By somebody else, or before. */
  readonly already?: boolean;
  readonly error?: unknown;
}

const lookEveryMs = 1_000;
/** Whoever announces a recount for longer than this is not waited for any more. */
const giveWayForMs = 600_000;

/**
 * Makes every closed election official, or the one that is named, and resolves with what became of
 * each: what does not agree in one keeps no other from its certificate.
 *
 * @throws VoteError `unknown-election`, or `election-not-closed` for a named one
 */
export async function certifyOnce(options: CertifyOnceOptions): Promise<CertifyVerdict[]> {
  const inTurn = oneAfterTheOther();
  const elections = await chosen(options);
  return Promise.all(elections.map((election) => verdictOf(election, options, inTurn)));
}

async function chosen({ registry, only }: CertifyOnceOptions): Promise<readonly Election[]> {
  if (only === undefined) {
    return (await registry.list()).filter(({ status }) => status === "closed");
  }
  const election = await registry.get(only);
  if (election === undefined) {
    throw new VoteError("unknown-election", `There is no election ${only}.`, {
      hint: "`vote election list` shows those that exist.",
    });
  }
  if (election.status === "closed" || election.status === "certified") return [election];
  throw new VoteError("election-not-closed", `Election ${only} is ${election.status}.`, {
    hint: `Close it first with \`vote election close ${only}\`.`,
  });
}

async function verdictOf(
  election: Election,
  options: CertifyOnceOptions,
  inTurn: ReturnType<typeof oneAfterTheOther>,
): Promise<CertifyVerdict> {
  const { registry, clock, signal, sealsWithinMs, watchOf } = options;
  const { id } = election;
  const startedAt = clock.now();
  const giveWay = () => clock.now() - startedAt < giveWayForMs;
  const one = { watch: watchOf(election), sealsWithinMs, giveWay, inTurn };
  try {
    while (election.status === "closed") {
      const outcome = await makeOfficial(election, options, one);
      if (outcome.is === "certified") return { election: id, certificate: outcome.certificate };
      if (outcome.is === "official") break;
      await clock.sleep(lookEveryMs, signal);
    }
    const certificate = await registry.getCertificate(id);
    if (certificate !== undefined) return { election: id, certificate, already: true };
    throw new VoteError("corrupt-registry", `The certificate of election ${id} is missing.`, {
      hint: "Restore it from a backup: no other is issued in its place.",
    });
  } catch (error) {
    return { election: id, error };
  }
}
