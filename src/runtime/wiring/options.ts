import type { DynamoDbOptions } from "../dynamodb/options.js";
import type { KafkaLogOptions } from "../log/kafka/kafka.js";
import type { Clock } from "../time/clock.js";
import type { RedisViewOptions } from "../view/redis.js";

/** Connection settings of the cluster's parts. */
export interface ClusterConfig {
  readonly kafka: Omit<KafkaLogOptions, "notice">;
  readonly dynamodb: DynamoDbOptions;
  readonly redis: RedisViewOptions;
}

export type EngineOptions =
  | { readonly engine: "embedded"; readonly dataDir: string }
  | {
      readonly engine: "cluster";
      readonly cluster: ClusterConfig;
      /** Voter keys stay on this machine and never reach the cluster. */
      readonly keysDir: string;
      /** Where tallies of this machine keep their snapshots. */
      readonly snapshotsDir?: string;
      /** Connects to the log only when it is first needed. */
      readonly logWhenNeeded?: boolean;
      /** Called with each failure in the background that is retried. */
      readonly notice?: (topic: string, error: unknown) => void;
      /** The clock to compare with the cluster's. Default: the machine's. */
      readonly clock?: Clock;
    };

/** How a cluster's engine is opened. */
export type ClusterOptions = Extract<EngineOptions, { engine: "cluster" }>;
