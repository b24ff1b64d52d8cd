import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import {
  voteYamlJsonSchema,
  voteYamlSchema,
} from "../../../src/runtime/contracts/config/vote-yaml.js";

const docs = join(import.meta.dirname, "../../../docs");
const schema = JSON.parse(
  readFileSync(join(docs, "reference/vote-yaml.schema.json"), "utf8"),
) as object;
const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true });
const validate = ajv.compile(schema);
const documented = /```yaml\n(engine: cluster\n[\s\S]*?)```/.exec(
  readFileSync(join(docs, "how-to/cluster.md"), "utf8"),
)?.[1];

const password = { mechanism: "plain", username: "u", passwordFile: "p" };
const kafka = (fields: object) => ({ kafka: fields });

describe("vote.yaml's JSON Schema", () => {
  it("is the one that `npm run docs` makes of the contract", () => {
    expect(schema).toEqual(JSON.parse(JSON.stringify(voteYamlJsonSchema())));
  });

  it.each([
    ["the documented file", parse(documented ?? "")],
    ["nothing", {}],
    ["brokers in one text", kafka({ brokers: "a:1,b:2" })],
    ["an IPv6 broker", kafka({ brokers: ["[::1]:9092", "[FE80::A]:9092"] })],
    ["TLS with the system's authorities", kafka({ tls: true })],
    ["no TLS", { redis: { tls: false } }],
    ["a password in a variable", kafka({ sasl: { ...password, passwordVariable: "P" } })],
    ["tokens of a file", kafka({ sasl: { mechanism: "oauthbearer", tokenFile: "t" } })],
  ])("and the parser take %s", (_, source) => {
    expect(validate(source), JSON.stringify(validate.errors)).toBe(true);
    expect(voteYamlSchema.safeParse(source).success).toBe(true);
  });

  it.each([
    ["an unknown field", { enginee: "cluster" }],
    ["an unknown field of a group", kafka({ tls: { caFil: "x" } })],
    ["an unknown engine", { engine: "oracle" }],
    ["a broker without its port", kafka({ brokers: ["kafka-1"] })],
    ["no broker", kafka({ brokers: [] })],
    ["too many replicas", kafka({ replicationFactor: 10 })],
    ["a secret itself", { redis: { password: "hunter2" } }],
    ["a key itself", { redis: { tls: { key: "PEM" } } }],
    ["a password in the URL", { redis: { url: "redis://u:p@cache:6379" } }],
    ["a login without a password", kafka({ sasl: { mechanism: "plain", username: "u" } })],
    ["a login without a user", kafka({ sasl: { ...password, username: undefined } })],
    ["tokens of nowhere", kafka({ sasl: { mechanism: "oauthbearer" } })],
    ["an unknown mechanism", kafka({ sasl: { ...password, mechanism: "gssapi" } })],
  ])("and the parser refuse %s", (_, source) => {
    expect(validate(JSON.parse(JSON.stringify(source)))).toBe(false);
    expect(voteYamlSchema.safeParse(source).success).toBe(false);
  });
});
