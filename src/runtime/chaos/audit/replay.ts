import type { Election } from "../../core/election.js";
import { PartitionTally } from "../../tally/partition-tally.js";
import type { Engine } from "../../wiring/engine.js";
import { decisionsOf, segmentsOf } from "./decisions.js";

/** The log, decided once more. */
export interface Replay {
  readonly ballots: number;
  /** The log position after each of the new segments, by partition. */
  readonly cuts: readonly (readonly number[])[];
  /** Where it was decided otherwise: the first ballot of each partition. */
  readonly differences: readonly string[];
}

/**
 * Folds the whole log of an election again, in other batches, into an empty ledger, and compares
 * the decisions ballot by ballot.
 */
export async function replay(
  engine: Pick<Engine, "log" | "ledger">,
  election: Election,
  fresh: Pick<Engine, "ledger">,
): Promise<Replay> {
  let ballots = 0;
  const cuts: number[][] = [];
  const differences: string[] = [];
  for (let partition = 0; partition < election.partitions; partition++) {
    await decideAgain(engine, election, partition, fresh);
    const [then, now] = await Promise.all(
      [engine, fresh].map((one) => decisionsOf(one, election.id, partition)),
    );
    const places = Array.from({ length: Math.max(then.length, now.length) }, (_, at) => at);
    const other = places.find((at) => JSON.stringify(then[at]) !== JSON.stringify(now[at]));
    if (other !== undefined) {
      const was = then[other]?.decision ?? "not there";
      const is = now[other]?.decision ?? "not there";
      differences.push(`partition ${partition}, ballot ${other}: ${was}, by the replay ${is}`);
    }
    ballots += now.length;
    cuts.push(await cutsOf(fresh, election.id, partition));
  }
  return { ballots, cuts, differences };
}

/** The log position after each segment of a chain. */
export async function cutsOf(
  { ledger }: Pick<Engine, "ledger">,
  election: string,
  partition: number,
): Promise<number[]> {
  const cuts: number[] = [];
  for await (const { positionTo } of segmentsOf(ledger, election, partition)) cuts.push(positionTo);
  return cuts;
}

async function decideAgain(
  { log }: Pick<Engine, "log">,
  election: Election,
  partition: number,
  { ledger }: Pick<Engine, "ledger">,
): Promise<void> {
  const tally = await PartitionTally.load({
    ...{ election, partition, ledger, log },
    reread: async () => election,
    events: { event: () => undefined },
    stopping: new AbortController().signal,
    committed: () => undefined,
  });
  for (let size = 1; ; size = (size * 7) % 100_003) {
    const records = await log.read(election.id, partition, tally.position, size);
    if (records.length === 0) return;
    const end = await tally.process(records);
    if (end !== "committed") throw new Error(`A replay's segment is ${end}.`);
  }
}
