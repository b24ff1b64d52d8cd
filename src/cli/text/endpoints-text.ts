import type { Endpoints } from "../../runtime/local-cluster/state.js";

/** "kafka 127.0.0.1:9092, dynamodb http://127.0.0.1:8000, redis redis://127.0.0.1:6379" */
export function endpointsText({ kafka, dynamodb, redis }: Endpoints): string {
  return [
    kafka && `kafka ${kafka.brokers.join(",")}`,
    dynamodb && `dynamodb ${dynamodb.endpoint}`,
    redis && `redis ${redis.url}`,
  ]
    .filter((text) => text !== undefined)
    .join(", ");
}
