import { expect, it, onTestFinished } from "vitest";
import { type RoleProcess, startRole } from "../../src/runtime/processes/role-process.js";
import { ballotOf, frameOf } from "../helpers/data/ballots.js";
import { openTestElection, openTestEngine } from "../helpers/data/election.js";
import { eventually, temporaryDirectory } from "../helpers/temporary.js";

it("moves the partitions to a second tally, and back when one is killed", async () => {
  const dataDir = await temporaryDirectory();
  const engine = await openTestEngine(dataDir);
  const partitions = 6;
  await openTestElection(engine, "move", partitions);
  const owned = new Map<string, Set<number>>();
  const startTally = async (name: string): Promise<RoleProcess> => {
    const mine = new Set<number>();
    owned.set(name, mine);
    const role = await startRole({
      role: "tally",
      args: ["--data-dir", dataDir],
      onLog: (chunk) => follow(chunk, mine),
    });
    onTestFinished(async () => {
      await role.stop("SIGKILL");
    });
    return role;
  };
  const counted = async () => {
    const { partitions: figures } = await engine.view.get("move");
    return figures.reduce((sum, { counts }) => sum + counts[0], 0);
  };
  let voters = 0;
  const voteInEach = async () => {
    const frames = Array.from({ length: partitions }, (_, partition) => {
      const voter = partition + partitions * Math.floor(voters++ / partitions);
      const bytes = frameOf("move", partition, [ballotOf(voter, voter)], voter);
      return { election: "move", partition, bytes };
    });
    await engine.log.append(frames);
    await eventually("every partition's vote", async () => (await counted()) === voters);
  };

  const first = await startTally("first");
  await voteInEach();
  await startTally("second");
  const shares = () => [owned.get("first")?.size, owned.get("second")?.size].join();
  await eventually("a share for each", () => shares() === "3,3");
  await voteInEach();
  await first.stop("SIGKILL");
  await eventually("all with the survivor", () => owned.get("second")?.size === 6);
  await voteInEach();
  expect(voters).toBe(18);
}, 180_000);

/** The role's log says what it owns. */
function follow(chunk: Buffer, mine: Set<number>): void {
  for (const line of chunk.toString().split("\n").filter(Boolean)) {
    const { msg, partition } = JSON.parse(line) as { msg: string; partition: number };
    if (msg === "assigned") mine.add(partition);
    if (msg === "revoked") mine.delete(partition);
  }
}
