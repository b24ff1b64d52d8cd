import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { versions } from "../../../src/runtime/local-cluster/servers/versions.js";

interface ComposeService {
  readonly image: string;
  readonly ports: readonly string[];
  readonly healthcheck: { readonly test: readonly string[] };
  readonly environment?: Readonly<Record<string, string>>;
  readonly profiles?: readonly string[];
}

const path = new URL("../../../compose/compose.yaml", import.meta.url);
const { services: all, volumes } = parse(readFileSync(path, "utf8"), { merge: true }) as {
  services: Record<string, ComposeService>;
  volumes: Record<string, unknown>;
};
/** The roles run the image of compose/image: test/docs/manifests.test.ts looks at them. */
const services = Object.fromEntries(
  Object.entries(all).filter(([, { image }]) => image !== "vote"),
);
const brokers = Object.keys(services).filter((name) => name.startsWith("kafka"));

describe("compose/compose.yaml", () => {
  it("runs the very versions that vote services runs", () => {
    const images = new Set(Object.values(services).map(({ image }) => image));
    expect([...images].sort()).toEqual([
      `amazon/dynamodb-local:${versions.dynamodbLocal}`,
      `apache/kafka:${versions.kafka}`,
      `valkey/valkey:${versions.valkey}-alpine`,
    ]);
  });

  it("binds every port to the loopback address, none of them twice", () => {
    const ports = Object.values(all).flatMap((service) => service.ports ?? []);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    expect(new Set(ports).size).toBe(ports.length);
  });

  it("asks every server for its health, and keeps what has to be kept", () => {
    for (const { healthcheck } of Object.values(services)) expect(healthcheck.test).not.toEqual([]);
    expect(Object.keys(volumes)).toEqual(["vote", ...brokers, "dynamodb"]);
  });

  it.each(brokers)("%s never trades records for availability", (name) => {
    const { environment = {}, ports, profiles } = services[name];
    const three = profiles?.includes("three") === true;
    expect(environment).toMatchObject({
      KAFKA_UNCLEAN_LEADER_ELECTION_ENABLE: "false",
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: "false",
      KAFKA_DEFAULT_REPLICATION_FACTOR: three ? "3" : "1",
      KAFKA_MIN_INSYNC_REPLICAS: three ? "2" : "1",
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: three ? "3" : "1",
    });
    const outside = ports[0].replace(/:9092$/, "");
    expect(environment.KAFKA_ADVERTISED_LISTENERS).toBe(
      `INTERNAL://${name}:19092,HOST://${outside}`,
    );
  });
});
