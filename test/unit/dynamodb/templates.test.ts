import { readdir, readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import {
  keysText,
  registryKeys,
  segmentKeys,
  type TableKeys,
} from "../../../src/runtime/dynamodb/tables.js";

const folder = new URL("../../../compose/dynamodb/", import.meta.url);

interface Statement {
  readonly Effect: "Allow" | "Deny";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}

interface Table {
  readonly DeletionPolicy: string;
  readonly UpdateReplacePolicy: string;
  readonly Properties: {
    readonly BillingMode: string;
    readonly DeletionProtectionEnabled: boolean;
    readonly PointInTimeRecoverySpecification: { readonly PointInTimeRecoveryEnabled: boolean };
    readonly AttributeDefinitions: readonly { AttributeName: string; AttributeType: "S" | "N" }[];
    readonly KeySchema: readonly { AttributeName: string; KeyType: "HASH" | "RANGE" }[];
  };
}

const read = async <T>(name: string) =>
  JSON.parse(await readFile(new URL(name, folder), "utf8")) as T;

const policyOf = (role: string) => read<{ Statement: Statement[] }>(`${role}-policy.json`);

/** "action table" for what is allowed and not denied. */
async function rightsOf(role: string): Promise<string[]> {
  const { Statement } = await policyOf(role);
  const pairs = (effect: Statement["Effect"]) =>
    Statement.filter(({ Effect }) => Effect === effect).flatMap(({ Action, Resource }) =>
      Action.flatMap((action) =>
        Resource.map((resource) => `${action.replace("dynamodb:", "")} ${resource.split("/")[1]}`),
      ),
    );
  const denied = new Set(pairs("Deny"));
  return pairs("Allow")
    .filter((pair) => !denied.has(pair))
    .sort();
}

it("gives each role what it needs and no more", async () => {
  const elections = ["GetItem vote-registry", "Query vote-registry"];
  expect(await rightsOf("serve")).toEqual(elections);
  expect(await rightsOf("ingest")).toEqual(elections);
  expect(await rightsOf("tally")).toEqual([
    "GetItem vote-registry",
    "GetItem vote-segments",
    "PutItem vote-segments",
    "Query vote-registry",
    "Query vote-segments",
  ]);
  expect((await rightsOf("admin")).filter((right) => right.startsWith("PutItem"))).toEqual([
    "PutItem vote-registry",
  ]);
});

it("denies every role, on both tables, whatever changes or deletes", async () => {
  const files = (await readdir(folder)).filter((name) => name.endsWith("-policy.json"));
  expect(files).toHaveLength(4);
  const fatal = ["UpdateItem", "DeleteItem", "BatchWriteItem", "PartiQLDelete", "PartiQLUpdate"];
  fatal.push("UpdateTimeToLive", "DeleteTable", "UpdateTable");
  for (const file of files) {
    const { Statement } = await read<{ Statement: Statement[] }>(file);
    for (const action of fatal) {
      const denying = Statement.filter(
        ({ Effect, Action }) => Effect === "Deny" && Action.includes(`dynamodb:${action}`),
      ).flatMap(({ Resource }) => Resource);
      expect(denying.map((resource) => resource.split(":table/")[1])).toEqual(
        expect.arrayContaining(["vote-segments", "vote-registry"]),
      );
    }
    expect(JSON.stringify(Statement)).not.toContain('"dynamodb:*"');
  }
});

it.each<[string, TableKeys]>([
  ["Segments", segmentKeys],
  ["Registry", registryKeys],
])(
  "describes the table of %s with the keys that the adapter uses, and protected",
  async (name, keys) => {
    const { Resources } = await read<{ Resources: Record<string, Table> }>("tables.json");
    const { Properties, DeletionPolicy, UpdateReplacePolicy } = Resources[name];
    const types = new Map(
      Properties.AttributeDefinitions.map((one) => [one.AttributeName, one.AttributeType]),
    );
    expect(Properties.KeySchema.map(({ KeyType }) => KeyType)).toEqual(["HASH", "RANGE"]);
    const text = Properties.KeySchema.map(
      (key) => `${key.AttributeName} ${types.get(key.AttributeName)}`,
    );
    expect(text.join(", ")).toBe(keysText(keys));
    expect(Properties.DeletionProtectionEnabled).toBe(true);
    expect(Properties.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled).toBe(true);
    expect([DeletionPolicy, UpdateReplacePolicy]).toEqual(["Retain", "Retain"]);
  },
);
