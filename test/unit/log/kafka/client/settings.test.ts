import { KafkaJSProtocolError } from "kafkajs";
import { describe, expect, it } from "vitest";
import {
  createElectionTopic,
  type KafkaAdmin,
  partitionsWithRecords,
  wantedSettings,
} from "../../../../../src/runtime/log/kafka/client/settings.js";

const durability = { replicationFactor: 3, minInsyncReplicas: 2 };
const settings = Object.entries(wantedSettings(durability)).map(([name, value]) => ({
  name,
  value,
}));

/** As a broker answers that has not heard of the topic, or of being its leader, yet. */
const unknownTopic = () =>
  new KafkaJSProtocolError(
    Object.assign(new Error("unknown"), { type: "UNKNOWN_TOPIC_OR_PARTITION" }),
  );
const notLeader = () =>
  new KafkaJSProtocolError(
    Object.assign(new Error("no leader"), { type: "NOT_LEADER_FOR_PARTITION" }),
  );

interface Answers {
  /** Fail before the metadata is known, in this order. */
  readonly metadata?: (() => Error)[];
  readonly offsets?: (() => Error)[];
  readonly entries?: typeof settings;
  readonly high?: string;
}

/** Answers as Kafka's brokers would, and says what was asked. */
function brokersThatAnswer({
  metadata = [],
  offsets = [],
  entries = settings,
  high = "0",
}: Answers) {
  const asked: string[] = [];
  const failing =
    <T>(what: string, failures: (() => Error)[], answer: T) =>
    async (): Promise<T> => {
      asked.push(what);
      const failure = failures.shift();
      if (failure !== undefined) throw failure();
      return answer;
    };
  const replicas = [0, 1, 2];
  const topics = [{ name: "vote.show", partitions: [{ replicas }, { replicas }] }];
  const marks = [
    { partition: 1, high },
    { partition: 0, high: "0" },
  ];
  const nothing = async () => {};
  const admin: KafkaAdmin = {
    connect: nothing,
    disconnect: nothing,
    listTopics: async () => ["vote.show"],
    createTopics: failing("create", [], true),
    fetchTopicMetadata: failing("metadata", metadata, { topics }),
    fetchTopicOffsets: failing("offsets", offsets, marks),
    describeTopicConfigs: failing("settings", [], new Map([["vote.show", entries]])),
    alterTopicConfig: nothing,
    groupMembers: async () => 0,
  };
  return { admin, asked };
}

const topic = { election: "show", partitions: 2 };

describe("createElectionTopic", () => {
  it("waits until every broker knows the topic, and its leaders know that they lead", async () => {
    const { admin, asked } = brokersThatAnswer({
      metadata: [unknownTopic, unknownTopic],
      offsets: [notLeader, unknownTopic, notLeader],
    });

    await createElectionTopic(admin, topic, durability);

    const created = ["create", "metadata", "metadata", "metadata", "settings"];
    expect(asked).toEqual([...created, "offsets", "offsets", "offsets", "offsets"]);
  });

  it("refuses a topic that is not durable", async () => {
    const entries = settings.map((one) =>
      one.name === "min.insync.replicas" ? { ...one, value: "1" } : one,
    );
    const { admin, asked } = brokersThatAnswer({ entries });

    await expect(createElectionTopic(admin, topic, durability)).rejects.toThrow(
      "min.insync.replicas 1, not 2",
    );
    expect(asked).not.toContain("offsets");
  });

  it("gives up at once on what waiting does not change", async () => {
    const { admin, asked } = brokersThatAnswer({ offsets: [() => new Error("not authorized")] });

    const creating = createElectionTopic(admin, topic, durability);

    await expect(creating).rejects.toMatchObject({ code: "log-unavailable" });
    expect(asked.filter((what) => what === "offsets")).toHaveLength(1);
  });
});

describe("partitionsWithRecords", () => {
  it("waits for new leaders, too", async () => {
    const { admin } = brokersThatAnswer({ offsets: [notLeader], high: "7" });

    expect(await partitionsWithRecords(admin, "show")).toEqual([1]);
  });
});
