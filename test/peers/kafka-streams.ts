import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { resolveClasspath } from "../../src/runtime/local-cluster/servers/classpath.js";
import { versions } from "../../src/runtime/local-cluster/servers/versions.js";
import { type PeerSetting, type Prepared, prepareVotes } from "./peer.js";

const program = fileURLToPath(new URL("kafka-streams.java", import.meta.url));

/** Kafka Streams over the same topic, in its own Java process, compiled before the clock starts. */
export async function prepareKafkaStreams(setting: PeerSetting): Promise<Prepared> {
  const streams = ["org.apache.kafka", "kafka-streams", versions.kafka] as const;
  const classpath = await resolveClasspath("kafka-streams", [streams], "mvn");
  await prepareVotes(setting);
  const dir = await mkdtemp(join(tmpdir(), "vote-kafka-streams-"));
  const values = [setting.brokers.join(","), setting.topic, setting.votes, setting.seconds, dir];
  const java = spawn("java", ["-cp", classpath.join(":"), program, ...values.map(String)], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  const lines = createInterface({ input: java.stdout });
  await once(lines, "line");
  return {
    pid: java.pid,
    run: async () => {
      java.stdin.write("\n");
      const [decided] = (await once(lines, "line")) as [string];
      return Number(decided);
    },
    close: async () => {
      java.stdin.end("\n");
      await once(java, "close");
      await rm(dir, { recursive: true, force: true });
    },
  };
}
