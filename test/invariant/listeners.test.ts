import { afterAll, it, onTestFinished } from "vitest";
import { Mortal } from "../../src/runtime/chaos/scene/mortal.js";
import { VoterCrowd } from "../../src/runtime/chaos/scene/voter-crowd.js";
import { closeAndSeal } from "../helpers/audit.js";
import { certifyFor } from "../helpers/data/certified.js";
import { openTestElection, openTestEngine } from "../helpers/data/election.js";
import {
  type Blow,
  clientCount,
  ListenerCrowd,
  officialOf,
} from "../helpers/live/listener-crowd.js";
import { eventually, temporaryDirectory } from "../helpers/temporary.js";

let listeners: ListenerCrowd | undefined;
afterAll(() => listeners?.print());

const seed = Number(process.env.VOTE_SEED ?? 20_261_121);

async function stage(id: string) {
  const dataDir = await temporaryDirectory();
  const engine = await openTestEngine(dataDir);
  const election = await openTestElection(engine, id, 4);
  const args = ["--data-dir", dataDir, "--log-level", "warn"];
  const ingest = new Mortal({ role: "ingest", args });
  const tally = new Mortal({ role: "tally", args });
  const serve = new Mortal({ role: "serve", args });
  const roles = { ingest, tally, serve };
  onTestFinished(async () => {
    await Promise.all(Object.values(roles).map((role) => role.kill()));
  });
  await Promise.all(Object.values(roles).map((role) => role.start()));
  const voters = new VoterCrowd({
    url: () => ingest.url,
    election: id,
    candidates: election.candidates.map((candidate) => candidate.id),
    secret: await engine.keys.tokenSecret(),
    seed,
    workers: 2,
    ballotsPerRequest: 15,
    pauseMs: 20,
  });
  voters.start();
  return { engine, election, roles, voters };
}

type Roles = Awaited<ReturnType<typeof stage>>["roles"];

const blows = ({ ingest, tally, serve }: Roles): readonly Blow[] => [
  { what: "ingest, -9", kill: () => ingest.kill(), restart: () => ingest.start() },
  {
    what: "tally, -9",
    kill: () => tally.kill(),
    // The figures stand still, and after some seconds clients are told so.
    shows: ({ behind }, clients) => behind === clients,
    restart: () => tally.start(),
  },
  {
    what: "serve, -9",
    kill: () => serve.kill(),
    shows: ({ lost }, clients) => lost === clients,
    restart: () => serve.start(),
  },
  {
    what: "serve, SIGTERM",
    kill: () => serve.kill("SIGTERM"),
    shows: ({ lost, closing }, clients) => lost === clients && closing === clients,
    restart: () => serve.start(),
  },
];

it(`${clientCount} clients see the count through the death of each role, to the end`, async () => {
  const { engine, election, roles, voters } = await stage("listeners");
  await eventually("the first votes", () => voters.acknowledged.size > 100);
  const crowd = await ListenerCrowd.start(roles.serve.url, election.id);
  listeners = crowd;
  onTestFinished(() => crowd.stop());
  for (const blow of blows(roles)) await crowd.suffer(blow, voters);
  // The load must have been real for the rest to mean anything.
  await eventually("enough votes", () => voters.acknowledged.size > 1_000);
  await voters.stop();

  await crowd.turnPage();
  await closeAndSeal(engine, election);
  // Whoever was away while the result became official comes back to it.
  await roles.serve.kill();
  await crowd.until("every client to lose it", ({ lost }) => lost === crowd.clients);
  const certificate = await certifyFor(engine, election, voters);
  await roles.serve.start();
  await crowd.expectOfficial("serve, -9, as it became official", officialOf(election, certificate));
}, 600_000);
