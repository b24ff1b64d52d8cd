import { execFile } from "node:child_process";
import { delimiter } from "node:path";
import { promisify } from "node:util";
import {
  cachedClasspath,
  resolveClasspath,
} from "../../../src/runtime/local-cluster/servers/classpath.js";
import { findTools } from "../../../src/runtime/local-cluster/servers/tools.js";
import { type Artifact, versions } from "../../../src/runtime/local-cluster/servers/versions.js";

const run = promisify(execFile);

/** Kafka's command-line tools, of the broker's own version. */
const tools: readonly Artifact[] = [["org.apache.kafka", "kafka-tools", versions.kafka]];

async function toolsClasspath(): Promise<string> {
  const cached = await cachedClasspath(tools);
  if (cached !== undefined) return cached.join(delimiter);
  const { maven } = await findTools(["maven"]);
  return (await resolveClasspath("tools", tools, maven)).join(delimiter);
}

export interface ConsoleConsumerOptions {
  readonly brokers: readonly string[];
  readonly topic: string;
  /** It ends after so many records. */
  readonly records: number;
  /** Printed after each record; must not occur in one. */
  readonly separator: string;
}

/**
 * Everything that `kafka-console-consumer` prints of a topic: partition, offset, headers, key and,
 * as no deserializer is named, the value's very bytes, with tabs between.
 *
 * @throws Error with what the tool said
 */
export async function consoleConsumer(options: ConsoleConsumerOptions): Promise<Buffer> {
  const { brokers, topic, records, separator } = options;
  const { java } = await findTools(["java"]);
  const shown = ["partition", "offset", "headers", "key"].map((field) => `print.${field}=true`);
  const properties = [...shown, "key.separator=\t", `line.separator=${separator}`];
  const { stdout } = await run(
    java,
    [
      "-XX:TieredStopAtLevel=1",
      "-cp",
      await toolsClasspath(),
      "org.apache.kafka.tools.consumer.ConsoleConsumer",
      ...["--bootstrap-server", brokers.join(","), "--topic", topic, "--from-beginning"],
      ...["--max-messages", String(records), "--timeout-ms", "60000"],
      ...properties.flatMap((property) => ["--property", property]),
    ],
    { encoding: "buffer", maxBuffer: 256 * 1_024 * 1_024 },
  );
  return stdout;
}
