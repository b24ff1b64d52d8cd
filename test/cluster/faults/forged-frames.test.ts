import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Scene } from "../../../src/runtime/chaos/scene/scene.js";
import { frameHeaderBytes } from "../../../src/runtime/core/formats/frame.js";
import { localAdmin } from "../../../src/runtime/elections/local-admin.js";
import { recountElection } from "../../../src/runtime/recount/recount.js";
import { closeAndSeal } from "../../helpers/audit.js";
import { useServices as withServices } from "../../helpers/cluster/cluster.js";
import { realServers } from "../../helpers/cluster/real-servers.js";
import { openScene } from "../../helpers/cluster/scene.js";
import { ballotOf, frameOf, markerOf } from "../../helpers/data/ballots.js";
import { testKey, testKeys } from "../../helpers/data/test-keys.js";
import { eventually } from "../../helpers/temporary.js";

const available = await realServers("whoever may write to the topic");
const stranger = testKey(9);
const timeoutMs = 180_000;

describe.runIf(available)("whoever may write to the topic", () => {
  const services = withServices();
  let scene: Scene;

  beforeAll(async () => {
    scene = await openScene({ services: services(), name: "forged", seed: 7, tallies: 1 });
    await eventually("some votes", () => scene.crowd.acknowledged.size > 300, 60_000);
  }, timeoutMs);
  afterAll(() => scene?.close(false));

  it(
    "adds no voter and ends no partition; what cannot be read halts, until an admin voids it",
    async () => {
      const { engine, election, crowd } = scene;
      const { id } = election;
      // Their tags lead to partition 1 of 4.
      const invented = Array.from({ length: 50 }, (_, n) => ballotOf(4_001 + 4 * n, 1, 2));
      const damaged = frameOf(election, 1, invented);
      damaged[frameHeaderBytes + 7] ^= 1;
      const records = [
        ["unknown-key", frameOf(election, 1, invented, 1, stranger)],
        ["wrong-key-use", frameOf(election, 1, invented, 1, testKeys.admin)],
        ["unknown-key", markerOf(election, 1, stranger)],
        ["wrong-election", frameOf({ ...election, id: "another" }, 1, invented)],
        ["voided", damaged],
      ] as const;
      const positions = await engine.log.append(
        records.map(([, bytes]) => ({ election: id, partition: 1, bytes })),
      );
      const halted = positions[records.length - 1];
      const admin = localAdmin(engine);
      const place = { partition: 1, position: halted, reason: "No replica has it whole." };
      await eventually(
        "the partition halts before it",
        async () => (await scene.positions())[1] === halted,
        60_000,
      );
      await admin.voidRecord(id, place, "ada");
      await eventually("it goes on", async () => (await scene.positions())[1] > halted, 60_000);
      const before = crowd.acknowledged.size;
      await eventually("votes go on", () => crowd.acknowledged.size > before + 100, 60_000);
      await crowd.stop();
      await closeAndSeal(engine, election);
      const report = await recountElection({ election: id, ...engine, from: "log" });
      expect(report.findings).toEqual([]);
      expect(report.refused.map(({ partition, position, reason }) => [partition, position, reason]))
        // In the order of the log, whatever the ingest has appended between them.
        .toEqual(records.map(([reason], index) => [1, positions[index], reason]));
      expect(report.ballots).toBe(crowd.acknowledged.size);
    },
    timeoutMs,
  );
});
