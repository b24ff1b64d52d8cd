import { setTimeout as sleep } from "node:timers/promises";
import type { RunningServer } from "../../local-cluster/servers/running-server.js";
import { type FaultKind, type Place, talliesGoOn, votesGoOn } from "./fault.js";
import { flushAll } from "./flush-all.js";

const brokersOf = ({ stage }: Place): readonly RunningServer[] =>
  stage.services.servers.filter(({ service }) => service === "kafka");

/** One of the brokers. */
export const oneBroker = (place: Place): RunningServer => place.dice.pick(brokersOf(place));

/** Waits until all that has to do with votes goes on. */
export async function allGoesOn({ scene }: Pick<Place, "scene">): Promise<void> {
  await votesGoOn(scene);
  await talliesGoOn(scene);
}

const brokerKilled: FaultKind = {
  name: "broker-killed",
  what: "kill -9 of a broker; it is back once votes are taken and decided without it",
  async inject(place) {
    const broker = oneBroker(place);
    await broker.kill();
    await allGoesOn(place);
    await broker.restart();
    await allGoesOn(place);
    return 1;
  },
};

const brokerStopped: FaultKind = {
  name: "broker-stopped",
  what: "SIGSTOP of a broker until votes go on without it, then SIGCONT",
  async inject(place) {
    const broker = oneBroker(place);
    broker.signal("SIGSTOP");
    try {
      await allGoesOn(place);
    } finally {
      broker.signal("SIGCONT");
    }
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
  async inject({ scene, stage, dice }) {
    const server = stage.services.server(name);
    server.signal("SIGSTOP");
    try {
      await sleep(dice.between(500, 3_000));
    } finally {
      server.signal("SIGCONT");
    }
    await talliesGoOn(scene);
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
