import { messageOf, VoteError } from "../../../core/errors.js";

/** The protocol's name for an error, which the client may have wrapped several times. */
export function kafkaErrorType(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if ("type" in at && typeof at.type === "string") return at.type;
  }
  return undefined;
}

/**
 * The address of the broker whose connection broke or whose answer did not come in time; undefined
 * for any other error. The client would go on using its connection.
 */
export function lostBroker(error: unknown): { host: string; port: number } | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.name === "KafkaJSRequestTimeoutError" && "broker" in error) {
    const [, host, port] = /^(.*):(\d+)$/.exec(String(error.broker)) ?? [];
    return host === undefined ? undefined : { host, port: Number(port) };
  }
  if (error.name !== "KafkaJSConnectionClosedError") return undefined;
  if (!("host" in error) || !("port" in error)) return undefined;
  const { host, port } = error;
  return typeof host === "string" && typeof port === "number" ? { host, port } : undefined;
}

/** Whether nothing was written and fresh metadata is the remedy. */
export function isStaleMetadata(error: unknown): boolean {
  const type = kafkaErrorType(error) ?? "";
  return [
    "UNKNOWN_TOPIC_OR_PARTITION",
    "LEADER_NOT_AVAILABLE",
    "NOT_LEADER_FOR_PARTITION",
    "FENCED_LEADER_EPOCH",
    "UNKNOWN_LEADER_EPOCH",
  ].includes(type);
}

const hints: Readonly<Record<string, string>> = {
  UNKNOWN_TOPIC_OR_PARTITION: "Create the election first, or check whether its topic was deleted.",
  NOT_ENOUGH_REPLICAS: "Too few replicas are in sync: check which brokers are down.",
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: "Too few replicas are in sync: check which brokers are down.",
  MESSAGE_TOO_LARGE: "The topic's max.message.bytes is too small: run `vote services init`.",
  TOPIC_AUTHORIZATION_FAILED: "The Kafka user may not use this topic.",
  GROUP_AUTHORIZATION_FAILED: "The Kafka user may not join this consumer group.",
};

/** Some failures have no name in the protocol, only words. */
const wordsAndHints: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED|Connection timeout|ENOTFOUND/, "Check that Kafka runs: `vote services status`."],
  [/certificate/, "Name the authority that signed the brokers' certificates."],
  [/authentication failed/i, "Check the user, the password and the SASL mechanism."],
  [/Closed connection/, "If the brokers require TLS or SASL, configure it here too."],
];

const missing = "UNKNOWN_TOPIC_OR_PARTITION";

/** Whether topic or partition are not there: the topic was deleted, or not made yet. */
export function isTopicMissing(error: unknown): boolean {
  return kafkaErrorType(error) === missing;
}

/** Says of a topic that has fewer partitions what brokers say: the client says nothing of it. */
export function partitionMissing(partition: number): Error {
  return Object.assign(new Error(`There is no partition ${partition}.`), { type: missing });
}

/** Whether the records at this position are gone, or it is beyond the log's end. */
export function isOutOfRange(error: unknown): boolean {
  return kafkaErrorType(error) === "OFFSET_OUT_OF_RANGE";
}

/**
 * Makes the error that callers get for any failure of Kafka.
 *
 * @param doing what could not be done, as in "append to election spring"
 */
export function logUnavailable(doing: string, cause: unknown): VoteError {
  if (cause instanceof VoteError) return cause;
  const reason = messageOf(cause);
  const words = wordsAndHints.find(([pattern]) => pattern.test(reason));
  const hint = hints[kafkaErrorType(cause) ?? ""] ?? words?.[1];
  return new VoteError("log-unavailable", `Kafka could not ${doing}: ${reason}`, {
    publicMessage: "The log does not answer.",
    cause,
    ...(hint === undefined ? {} : { hint }),
  });
}
