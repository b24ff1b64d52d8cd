import {
  CreateTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  UpdateContinuousBackupsCommand,
} from "@aws-sdk/client-dynamodb";
import type { TableAdministration, TableDescription, TableKeys } from "./tables.js";

const isNamed = (error: unknown, name: string) => error instanceof Error && error.name === name;

/** Makes a call with retries, and translates its errors. */
type Call = <T>(what: string, attempt: () => Promise<T>) => Promise<T>;

/** Administers tables through the SDK's client. */
export function administrationOf(client: DynamoDBClient, call: Call): TableAdministration {
  return {
    describe: (table) => call(`DescribeTable on ${table}`, () => describe(client, table)),
    create: (table, keys) => call(`CreateTable ${table}`, () => create(client, table, keys)),
    enablePointInTimeRecovery: (table) =>
      call(`UpdateContinuousBackups on ${table}`, () => enableRecovery(client, table)),
  };
}

async function describe(
  client: DynamoDBClient,
  TableName: string,
): Promise<TableDescription | undefined> {
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    const types = new Map(
      Table?.AttributeDefinitions?.map((one) => [one.AttributeName, one.AttributeType]),
    );
    const keys = (Table?.KeySchema ?? [])
      .map(({ AttributeName }) => `${AttributeName} ${types.get(AttributeName)}`)
      .join(", ");
    const deletionProtection = Table?.DeletionProtectionEnabled === true;
    // A table that is still being made has no answer to the other questions.
    if (Table?.TableStatus === "CREATING") return { active: false, keys, deletionProtection };
    const expiry = await client.send(new DescribeTimeToLiveCommand({ TableName }));
    const status = expiry.TimeToLiveDescription?.TimeToLiveStatus;
    return {
      active: true,
      keys,
      deletionProtection,
      ...(await pointInTimeRecovery(client, TableName)),
      timeToLive: status === "ENABLED" || status === "ENABLING",
    };
  } catch (error) {
    if (isNamed(error, "ResourceNotFoundException")) return undefined;
    throw error;
  }
}

async function pointInTimeRecovery(
  client: DynamoDBClient,
  TableName: string,
): Promise<{ pointInTimeRecovery?: boolean }> {
  try {
    const { ContinuousBackupsDescription } = await client.send(
      new DescribeContinuousBackupsCommand({ TableName }),
    );
    const recovery = ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
    return { pointInTimeRecovery: recovery?.PointInTimeRecoveryStatus === "ENABLED" };
  } catch (error) {
    if (isNamed(error, "UnknownOperationException")) return {};
    throw error;
  }
}

async function create(
  client: DynamoDBClient,
  TableName: string,
  { partitionKey, sortKey }: TableKeys,
): Promise<void> {
  const command = new CreateTableCommand({
    TableName,
    BillingMode: "PAY_PER_REQUEST",
    DeletionProtectionEnabled: true,
    AttributeDefinitions: [partitionKey, sortKey].map(({ name, type }) => ({
      AttributeName: name,
      AttributeType: type,
    })),
    KeySchema: [
      { AttributeName: partitionKey.name, KeyType: "HASH" },
      { AttributeName: sortKey.name, KeyType: "RANGE" },
    ],
  });
  try {
    await client.send(command);
  } catch (error) {
    if (!isNamed(error, "ResourceInUseException")) throw error;
  }
}

async function enableRecovery(client: DynamoDBClient, TableName: string): Promise<boolean> {
  const specification = { PointInTimeRecoveryEnabled: true };
  const command = new UpdateContinuousBackupsCommand({
    TableName,
    PointInTimeRecoverySpecification: specification,
  });
  try {
    await client.send(command);
    return true;
  } catch (error) {
    if (isNamed(error, "UnknownOperationException")) return false;
    throw error;
  }
}
