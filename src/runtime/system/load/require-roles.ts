import type { Election } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import { authoritiesWith, certificateError, fetchTrusting } from "../../http/trust.js";
import { targetAddress } from "../../load/send/http/http-target.js";
import { systemClock } from "../../time/clock.js";
import type { Engine } from "../../wiring/engine.js";
import type { GenerateOptions } from "./load-processes.js";

/** A tally that is starting, or starved for a moment, has this long to show itself. */
const tallyWithinMs = 3_000;
const answerWithinMs = 5_000;
const lookEveryMs = 100;

/**
 * Refuses a run whose ballots nobody would take or decide.
 *
 * @throws VoteError `not-running` with the role that is missing, `log-unavailable`
 */
export async function requireRoles(
  engine: Pick<Engine, "log">,
  election: Pick<Election, "id">,
  { scenario, target, ownsTarget, caFile, processes }: Omit<GenerateOptions, "election" | "seed">,
): Promise<void> {
  const overHttp = scenario.streams.some(({ via }) => via !== "log");
  // Agents elsewhere may reach what this machine does not.
  const isOurs = processes === undefined || !("agents" in processes);
  if (overHttp && isOurs && target !== undefined) await requireIngest(target, ownsTarget, caFile);
  await requireTally(engine, election.id);
}

async function requireIngest(url: string, owned = false, caFile?: string): Promise<void> {
  targetAddress({ url, owned });
  const ask = caFile === undefined ? fetch : fetchTrusting(await authoritiesWith(caFile));
  const livez = new URL("/livez", url).href;
  try {
    // Any answer will do: what it says of a ballot is part of the run.
    await ask(livez, { signal: AbortSignal.timeout(answerWithinMs) });
  } catch (cause) {
    const silent = `No ingest answers at ${url}, so nothing was sent.`;
    const hint =
      "Start `vote dev`, or `vote ingest` over the same data; --target names another one.";
    throw certificateError(cause, url) ?? new VoteError("not-running", silent, { hint, cause });
  }
}

async function requireTally({ log }: Pick<Engine, "log">, election: string): Promise<void> {
  const { now, sleep } = systemClock;
  for (const giveUpAt = now() + tallyWithinMs; (await log.members(election)) === 0; ) {
    if (now() >= giveUpAt) {
      throw new VoteError("not-running", "No tally runs here, so nothing was sent.", {
        hint: "Nobody would count the votes: start `vote dev`, or `vote tally` over the same data.",
      });
    }
    await sleep(lookEveryMs);
  }
}
