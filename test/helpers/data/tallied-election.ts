import { onTestFinished } from "vitest";
import { untilTallied } from "../../../src/runtime/elections/final-tally.js";
import { startTally } from "../../../src/runtime/tally/tally.js";
import { openTestElection, openTestEngine } from "./election.js";

/** An open election `demo` of one partition, and its real tally until the test stops it. */
export async function talliedElection() {
  const engine = await openTestEngine();
  const election = await openTestElection(engine, "demo", 1);
  const tally = await startTally(engine);
  let stopped: Promise<void> | undefined;
  const stopTally = () => {
    stopped ??= tally.stop();
    return stopped;
  };
  onTestFinished(stopTally);
  return {
    engine,
    election,
    stopTally,
    append: (bytes: readonly Buffer[]) =>
      engine.log.append(bytes.map((frame) => ({ election: "demo", partition: 0, bytes: frame }))),
    tallied: () => untilTallied(engine, election, 60_000),
  };
}
