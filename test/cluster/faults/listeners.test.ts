import { afterAll, describe, expect, it, onTestFailed, onTestFinished } from "vitest";
import { votesGoOn } from "../../../src/runtime/chaos/faults/fault.js";
import { flushAll } from "../../../src/runtime/chaos/faults/flush-all.js";
import type { Mortal } from "../../../src/runtime/chaos/scene/mortal.js";
import type { Services } from "../../../src/runtime/local-cluster/services.js";
import { closeAndSeal } from "../../helpers/audit.js";
import { useServices } from "../../helpers/cluster/cluster.js";
import { realServers } from "../../helpers/cluster/real-servers.js";
import { openScene } from "../../helpers/cluster/scene.js";
import { certifyFor } from "../../helpers/data/certified.js";
import {
  type Blow,
  clientCount,
  ListenerCrowd,
  officialOf,
} from "../../helpers/live/listener-crowd.js";
import { eventually } from "../../helpers/temporary.js";

const seed = Number(process.env.VOTE_SEED ?? 20_261_121);
const available = await realServers("many clients while the cluster's servers die");

let listeners: ListenerCrowd | undefined;
afterAll(() => listeners?.print());

/** Killed with -9, and started again over what it kept, if anything, once `shows`. */
function killed(services: Services, name: string, shows: Pick<Blow, "shows"> = {}): Blow {
  const server = services.server(name);
  return {
    what: `${name}, -9`,
    kill: () => server.kill(),
    ...shows,
    restart: async () => void (await server.restart()),
  };
}

/** Every client is told that what it sees is as of a time that is past. */
const asStale: Pick<Blow, "shows"> = { shows: ({ stale }, clients) => stale === clients };

const blows = (services: Services, tally: Mortal): readonly Blow[] => [
  killed(services, "kafka-1"),
  killed(services, "dynamodb", asStale),
  killed(services, "redis", asStale),
  { what: "redis, FLUSHALL", kill: () => flushAll(services) },
  {
    what: "tally, -9, and redis, FLUSHALL",
    kill: async () => {
      await tally.kill();
      await flushAll(services);
    },
    // Nobody fills the view again, and still no figure is taken back.
    shows: ({ behind }, clients) => behind === clients,
    restart: () => tally.start(),
  },
];

describe.runIf(available)(`${clientCount} clients on a cluster`, () => {
  const services = useServices();

  it("see the count through the death of each server, and its official end", async () => {
    const scene = await openScene({ services: services(), name: "listeners", seed, tallies: 1 });
    let passed = false;
    onTestFinished(() => scene.close(!passed));
    onTestFailed(() => console.warn(`What the roles have said is in ${scene.directory}`));
    const { engine, election, crowd: voters } = scene;
    const serve = scene.another("serve");
    await serve.start();
    await votesGoOn(scene);
    const crowd = await ListenerCrowd.start(serve.url, election.id);
    listeners = crowd;
    onTestFinished(() => crowd.stop());
    for (const blow of blows(services(), scene.tallies[0])) await crowd.suffer(blow, voters);
    // The load must have been real for the rest to mean anything.
    await eventually("enough votes", () => voters.acknowledged.size > 1_000);
    await voters.stop();

    await crowd.turnPage();
    await closeAndSeal(engine, election);
    // The certificate is in the registry: official is what it says, with no view at all.
    const redis = services().server("redis");
    await redis.kill();
    await crowd.until("stale figures", ({ stale }) => stale === crowd.clients);
    const certificate = await certifyFor(engine, election, voters);
    await crowd.expectOfficial(
      "redis, -9, as it became official",
      officialOf(election, certificate),
    );
    // Whoever comes once the view is back sees the same.
    await redis.restart();
    const shown = async () =>
      (await fetch(`${serve.url}/v1/elections/${election.id}/result`)).json();
    const official = { official: true, digest: certificate.digest };
    await expect.poll(shown).toMatchObject(official);
    passed = true;
  }, 600_000);
});
