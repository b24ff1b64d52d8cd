/** The versions that `vote services` runs; compose/compose.yaml pins the same ones. */
export const versions = {
  kafka: "4.1.1",
  dynamodbLocal: "2.6.1",
  /** With Docker only; elsewhere the system's Redis or Valkey runs. */
  valkey: "8.1.3",
  /** The version that DynamoDB Local brings. */
  jetty: "12.0.14",
  /** The version that Kafka brings. */
  log4j: "2.24.3",
} as const;

/** The oldest Java that Kafka 4 and DynamoDB Local 2 run on. */
export const oldestJava = 17;

export const services = ["kafka", "dynamodb", "redis"] as const;
export type Service = (typeof services)[number];

/** A Maven artifact: group, name, version. */
export type Artifact = readonly [group: string, name: string, version: string];

/** Artifacts of the servers that run on Java. */
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
