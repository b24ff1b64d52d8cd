/** What `vote services` runs, pinned in this one place; compose/compose.yaml says the same. */
export const versions = {
  kafka: "4.1.1",
  dynamodbLocal: "2.6.1",
  /** With Docker only; without, it is the system's Redis or Valkey. */
  valkey: "8.1.3",
  /** The one that DynamoDB Local brings. */
  jetty: "12.0.14",
  /** The one that Kafka brings. */
  log4j: "2.24.3",
} as const;

/** The oldest Java that Kafka 4 and DynamoDB Local 2 run on. */
export const oldestJava = 17;

export const services = ["kafka", "dynamodb", "redis"] as const;
export type Service = (typeof services)[number];

/** A Maven artifact: group, name, version. */
export type Artifact = readonly [group: string, name: string, version: string];

/** Those that run on Java. */
export type JavaService = "kafka" | "dynamodb";

export const artifacts: Readonly<Record<JavaService, readonly Artifact[]>> = {
  kafka: [
    ["org.apache.kafka", "kafka_2.13", versions.kafka],
    ["org.apache.logging.log4j", "log4j-slf4j-impl", versions.log4j],
  ],
  dynamodb: [
    ["com.amazonaws", "DynamoDBLocal", versions.dynamodbLocal],
    ["org.eclipse.jetty", "jetty-xml", versions.jetty],
  ],
};
