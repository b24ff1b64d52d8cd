import { VoteError } from "../core/errors.js";
import type { ClusterConfig } from "../wiring/options.js";
import type { Services } from "./services.js";

type Running = Pick<Services, "endpoints" | "brokers">;

const copiesOf = ({ brokers }: Running) => {
  const replicationFactor = Math.min(3, brokers);
  return { replicationFactor, minInsyncReplicas: Math.max(1, replicationFactor - 1) };
};

/**
 * What `openEngine` needs to use these servers.
 *
 * @throws VoteError `not-running` unless all three run
 */
export function clusterOf(services: Running): ClusterConfig {
  const { kafka, dynamodb, redis } = services.endpoints;
  if (kafka === undefined || dynamodb === undefined || redis === undefined) {
    throw new VoteError("not-running", "Kafka, DynamoDB and Redis have to run.");
  }
  return { kafka: { ...kafka, ...copiesOf(services) }, dynamodb, redis };
}

/** By which a `vote` process of its own finds these servers. */
export function environmentOf(services: Running): Record<string, string> {
  const { kafka, dynamodb, redis } = services.endpoints;
  const { replicationFactor, minInsyncReplicas } = copiesOf(services);
  return {
    ...(kafka && {
      VOTE_KAFKA_BROKERS: kafka.brokers.join(","),
      VOTE_KAFKA_REPLICATION_FACTOR: String(replicationFactor),
      VOTE_KAFKA_MIN_INSYNC_REPLICAS: String(minInsyncReplicas),
    }),
    ...(dynamodb && { VOTE_DYNAMODB_ENDPOINT: dynamodb.endpoint }),
    ...(redis && { VOTE_REDIS_URL: redis.url }),
  };
}
