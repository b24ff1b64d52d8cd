import type { RunningServer } from "../../local-cluster/servers/running-server.js";
import {
  allGoesOn,
  type FaultKind,
  type Place,
  stopForAMoment,
  talliesGoOn,
  votesGoOn,
  whileStopped,
} from "./fault.js";
import { flushAll } from "./flush-all.js";

const brokersOf = ({ stage }: Place): readonly RunningServer[] =>
  stage.services.servers.filter(({ service }) => service === "kafka");

/**
 * A broker ends, votes go on without it, and it comes back.
 *
 * @param between what happens while it is away
 */
export async function brokerAway(
  place: Place,
  end: (broker: RunningServer) => Promise<unknown>,
  between: (broker: RunningServer) => Promise<void> = async () => {},
): Promise<number> {
  const broker = place.dice.pick(brokersOf(place));
  await end(broker);
  await allGoesOn(place);
  await between(broker);
  await broker.restart();
  await allGoesOn(place);
  return 1;
}

const brokerKilled: FaultKind = {
  name: "broker-killed",
  what: "kill -9 of a broker; it is back once votes are taken and decided without it",
  inject: (place) => brokerAway(place, (broker) => broker.kill()),
};

const brokerStopped: FaultKind = {
  name: "broker-stopped",
  what: "SIGSTOP of a broker until votes go on without it, then SIGCONT",
  async inject(place) {
    await whileStopped(place.dice.pick(brokersOf(place)), () => allGoesOn(place));
    await allGoesOn(place);
    return 1;
  },
};

const brokersKilled: FaultKind = {
  name: "brokers-killed",
  what: "kill -9 of all brokers at once",
  async inject(place) {
    const brokers = brokersOf(place);
    await Promise.all(brokers.map((broker) => broker.kill()));
    await Promise.all(brokers.map((broker) => broker.restart()));
    await allGoesOn(place);
    return brokers.length;
  },
};

const brokersRestarted: FaultKind = {
  name: "brokers-restarted",
  what: "rolling restart of the brokers",
  async inject(place) {
    const brokers = brokersOf(place);
    for (const broker of brokers) {
      await broker.restart();
      await votesGoOn(place.scene);
    }
    await talliesGoOn(place.scene);
    return brokers.length;
  },
};

const titles = { dynamodb: "DynamoDB", redis: "Redis" } as const;
type Store = keyof typeof titles;

const killed = (name: Store): FaultKind => ({
  name: `${name}-killed`,
  what: `kill -9 of ${titles[name]}, which starts again`,
  async inject({ scene, stage }) {
    const server = stage.services.server(name);
    await server.kill();
    await server.restart();
    await talliesGoOn(scene);
    return 1;
  },
});

const stopped = (name: Store): FaultKind => ({
  name: `${name}-stopped`,
  what: `SIGSTOP of ${titles[name]} for 0.5 to 3 s, then SIGCONT`,
  async inject(place) {
    await stopForAMoment(place, place.stage.services.server(name));
    await talliesGoOn(place.scene);
    return 1;
  },
});

const redisEmptied: FaultKind = {
  name: "redis-emptied",
  what: "FLUSHALL",
  async inject({ scene, stage }) {
    await flushAll(stage.services);
    await talliesGoOn(scene);
    return 1;
  },
};

export const serverFaults: readonly FaultKind[] = [
  ...[brokerKilled, brokerStopped, brokersKilled, brokersRestarted],
  ...[killed("dynamodb"), stopped("dynamodb")],
  ...[killed("redis"), stopped("redis"), redisEmptied],
];
