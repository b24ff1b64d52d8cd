import { once } from "node:events";
import { chmod, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { doctorText } from "../../../../src/cli/text/doctor-text.js";
import type { EngineChoice } from "../../../../src/runtime/config/engine-choice.js";
import {
  type DoctorCheck,
  type DoctorReport,
  doctorReportSchema,
} from "../../../../src/runtime/contracts/config/doctor-report.js";
import {
  registryKeys,
  segmentKeys,
  type TableKeys,
} from "../../../../src/runtime/dynamodb/tables.js";
import { examine, exitCodeOf } from "../../../../src/runtime/system/doctor/doctor.js";
import { openTestElection, openTestEngine } from "../../../helpers/data/election.js";
import { temporaryDirectory } from "../../../helpers/temporary.js";

/** Every check's state by its name, without those of this machine: its disk, its descriptors. */
function statesOf({ checks }: DoctorReport): Record<string, DoctorCheck["state"]> {
  const ours = checks.filter(({ check }) => !["open files", "free space"].includes(check));
  return Object.fromEntries(ours.map(({ check, state }) => [check, state]));
}

function checkOf({ checks }: DoctorReport, name: string): DoctorCheck {
  const found = checks.find(({ check }) => check === name);
  if (found === undefined) throw new Error(`no check ${name}`);
  return found;
}

const embedded = (dataDir: string): EngineChoice => ({ engine: "embedded", dataDir });

async function withElection(): Promise<string> {
  const dataDir = await temporaryDirectory();
  await openTestElection(await openTestEngine(dataDir), "lunch", 2);
  return dataDir;
}

describe("vote doctor over a data directory", () => {
  it("finds nothing wrong where an election can be held", async () => {
    const report = await examine(embedded(await withElection()));
    expect(doctorReportSchema.parse(report)).toEqual(report);
    expect(statesOf(report)).toEqual({
      program: "ok",
      Node: "ok",
      "data directory": "ok",
      "key files": "ok",
      LMDB: "ok",
      elections: "ok",
    });
    expect(exitCodeOf(report)).toBe(0);
  });

  it("warns of a directory that is not there, and does not make it", async () => {
    const parent = await temporaryDirectory();
    const report = await examine(embedded(join(parent, "votes")));
    expect(checkOf(report, "data directory")).toMatchObject({
      state: "warning",
      detail: `There is no ${join(parent, "votes")}.`,
    });
    expect(exitCodeOf(report)).toBe(0);
    expect(await readdir(parent)).toEqual([]);
  });

  it("names the key that others can read, and the election whose key is missing", async () => {
    const dataDir = await withElection();
    const keys = join(dataDir, "keys");
    await chmod(join(keys, "frames.key"), 0o644);
    const [name = ""] = (await readdir(keys)).filter((one) => one.startsWith("election-"));
    await rm(join(keys, name));
    const report = await examine(embedded(dataDir));
    expect(checkOf(report, "key files")).toMatchObject({
      state: "failed",
      fix: `Close them: chmod 600 ${join(keys, "frames.key")}`,
    });
    expect(checkOf(report, "election lunch").state).toBe("warning");
    expect(checkOf(report, "election lunch").detail).toMatch(/^No ingest can run on this host: /);
    expect(exitCodeOf(report)).toBe(2);
  });

  it("says when the election does not trust this host, and makes no key to find out", async () => {
    const dataDir = await withElection();
    const keys = join(dataDir, "keys");
    await rm(join(keys, "admin.key"));
    const report = await examine(embedded(dataDir));
    expect(checkOf(report, "election lunch")).toMatchObject({
      state: "warning",
      detail: "This host cannot close or certify: This host has no admin key yet.",
    });
    expect(await readdir(keys)).not.toContain("admin.key");
  });

  it("fails for a directory of another version, with the fitting exit code", async () => {
    const dataDir = await withElection();
    await writeFile(join(dataDir, "VERSION"), "vote-data 1\n");
    const report = await examine(embedded(dataDir));
    expect(checkOf(report, "data directory").code).toBe("data-directory-version");
    expect(exitCodeOf(report)).toBe(2);
  });
});

const schemaOf = ({ partitionKey, sortKey }: TableKeys) => ({
  AttributeDefinitions: [partitionKey, sortKey].map(({ name, type }) => ({
    AttributeName: name,
    AttributeType: type,
  })),
  KeySchema: [
    { AttributeName: partitionKey.name, KeyType: "HASH" },
    { AttributeName: sortKey.name, KeyType: "RANGE" },
  ],
});

/** The address of a DynamoDB that describes its tables, as they must be, and denies all else. */
async function tablesWithoutItems(): Promise<string> {
  const server = createServer(async (request, response) => {
    const { TableName } = JSON.parse(await text(request)) as { TableName?: string };
    const isDescription = /\.Describe/.test(String(request.headers["x-amz-target"]));
    const keys = TableName?.endsWith("segments") ? segmentKeys : registryKeys;
    const description = {
      Table: { TableStatus: "ACTIVE", DeletionProtectionEnabled: true, ...schemaOf(keys) },
      TimeToLiveDescription: { TimeToLiveStatus: "DISABLED" },
      ContinuousBackupsDescription: {
        ContinuousBackupsStatus: "ENABLED",
        PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: "ENABLED" },
      },
    };
    const denial = { __type: "AccessDeniedException", message: "not you" };
    response.writeHead(isDescription ? 200 : 400, { "content-type": "application/x-amz-json-1.0" });
    response.end(JSON.stringify(isDescription ? description : denial));
  });
  onTestFinished(() => void server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("vote doctor over a cluster", () => {
  it("says of each server that it is down, and exits with 69", { timeout: 60_000 }, async () => {
    const dataDir = await temporaryDirectory();
    await mkdir(join(dataDir, "keys"));
    const config = join(dataDir, "vote.yaml");
    await writeFile(
      config,
      [
        "kafka: { brokers: [127.0.0.1:1], replicationFactor: 1, minInsyncReplicas: 1 }",
        'dynamodb: { endpoint: "http://127.0.0.1:1", region: local }',
        'redis: { url: "redis://127.0.0.1:1" }',
      ].join("\n"),
    );
    const report = await examine({ engine: "cluster", dataDir, config });
    expect(statesOf(report)).toMatchObject({
      Kafka: "failed",
      DynamoDB: "failed",
      Redis: "failed",
    });
    const codes = ["Kafka", "DynamoDB", "Redis"].map((name) => checkOf(report, name).code);
    expect(codes).toEqual(["log-unavailable", "ledger-unavailable", "view-unavailable"]);
    expect(exitCodeOf(report)).toBe(69);
  });

  it("fails for elections that DynamoDB, which is in order, does not tell", async () => {
    const dataDir = await temporaryDirectory();
    const dynamodb = await tablesWithoutItems();
    const config = join(dataDir, "vote.yaml");
    await writeFile(
      config,
      [
        "kafka: { brokers: [127.0.0.1:1], replicationFactor: 1, minInsyncReplicas: 1 }",
        `dynamodb: { endpoint: "${dynamodb}", region: local }`,
        'redis: { url: "redis://127.0.0.1:1" }',
      ].join("\n"),
    );
    const report = await examine({ engine: "cluster", dataDir, config });
    expect(statesOf(report)).toMatchObject({ DynamoDB: "ok", elections: "failed" });
    expect(checkOf(report, "elections").detail).toContain("AccessDeniedException");
  }, 60_000);

  it("fails for a configuration that does not name the servers", async () => {
    const dataDir = await temporaryDirectory();
    const config = join(dataDir, "vote.yaml");
    await writeFile(config, 'redis: { url: "not a url" }\n');
    const report = await examine({ engine: "cluster", dataDir, config });
    expect(checkOf(report, "configuration").state).toBe("failed");
    expect(exitCodeOf(report)).not.toBe(0);
  });
});

it("prints a line a check, what to do below it, and a verdict", () => {
  const report: DoctorReport = {
    ...{ at: 1, version: "1.0.0", engine: "cluster", dataDir: "/data" },
    checks: [
      { check: "Node", state: "ok", detail: "22.1.0" },
      { check: "open files", state: "warning", detail: "few", fix: "Raise the limit." },
      { check: "Redis", state: "failed", detail: "down", code: "view-unavailable" },
    ],
  };
  const lines = doctorText(
    report,
    report.checks.map(({ fix }) => fix),
  ).split("\n");
  expect(lines).toEqual([
    "✓ Node        22.1.0",
    "! open files  few",
    "    → Raise the limit.",
    "✗ Redis       down",
    "",
    "1 check failed, 1 warning.",
  ]);
});
