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
  /** On the partition keys that a request names: by operator, then by condition key. */
  readonly Condition?: Readonly<Record<string, { readonly "dynamodb:LeadingKeys": string[] }>>;
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

/** Whether a statement speaks of a request that names one partition key. */
function matches(statement: Statement, action: string, table: string, key: string): boolean {
  const patterns = Object.values(statement.Condition ?? {}).map(
    (one) => one["dynamodb:LeadingKeys"],
  );
  const like = (pattern: string) =>
    pattern.endsWith("*") ? key.startsWith(pattern.slice(0, -1)) : key === pattern;
  return (
    statement.Action.includes(`dynamodb:${action}`) &&
    statement.Resource.some((resource) => resource.endsWith(`:table/${table}`)) &&
    patterns.every((alternatives) => alternatives.some(like))
  );
}

const actions = ["GetItem", "BatchGetItem", "Query", "PutItem"];
/** The partition keys that the adapters use, by table. */
const keys = {
  "vote-registry": ["election", "change#spring", "certificate"],
  "vote-segments": ["spring#0"],
};

/** "action key" for whatever a role may do with items. */
async function rightsOf(role: string): Promise<string[]> {
  const { Statement } = await policyOf(role);
  const may = (action: string, table: string, key: string) => {
    const spoken = Statement.filter((statement) => matches(statement, action, table, key));
    return spoken.length > 0 && spoken.every(({ Effect }) => Effect === "Allow");
  };
  return Object.entries(keys).flatMap(([table, names]) =>
    names.flatMap((key) =>
      actions.filter((action) => may(action, table, key)).map((action) => `${action} ${key}`),
    ),
  );
}

const readElections = keys["vote-registry"].flatMap((key) => [`GetItem ${key}`, `Query ${key}`]);
const readSegments = ["GetItem spring#0", "BatchGetItem spring#0", "Query spring#0"];

it("gives each role what it needs and no more", async () => {
  const lookUp = ["GetItem spring#0", "Query spring#0"];
  expect(await rightsOf("serve")).toEqual([...readElections, ...lookUp]);
  expect(await rightsOf("ingest")).toEqual([...readElections, ...lookUp]);
  const certify = ["PutItem election", "PutItem change#spring", "PutItem certificate"];
  expect((await rightsOf("admin")).sort()).toEqual(
    [...readElections, ...readSegments, ...certify].sort(),
  );
});

it.each(["ingest", "serve", "tally", "admin"])(
  "lets vote doctor see the tables of %s",
  async (role) => {
    const { Statement } = await policyOf(role);
    for (const action of ["DescribeTable", "DescribeTimeToLive", "DescribeContinuousBackups"]) {
      for (const table of Object.keys(keys)) {
        const spoken = Statement.filter((statement) => matches(statement, action, table, ""));
        expect(spoken.map(({ Effect }) => Effect)).toEqual(["Allow"]);
      }
    }
  },
);

it("lets an auditor read, and no more", async () => {
  const rights = await rightsOf("auditor");
  const batches = keys["vote-registry"].map((key) => `BatchGetItem ${key}`);
  expect(rights.sort()).toEqual([...readElections, ...readSegments, ...batches].sort());
});

it("lets the tally's timekeeper open and close elections, and not certify", async () => {
  const keepTime = ["PutItem election", "PutItem change#spring"];
  expect((await rightsOf("tally")).sort()).toEqual(
    [...readElections, ...readSegments, "PutItem spring#0", ...keepTime].sort(),
  );
});

it("denies every role, on both tables, whatever changes or deletes", async () => {
  const files = (await readdir(folder)).filter((name) => name.endsWith("-policy.json"));
  expect(files).toHaveLength(5);
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
