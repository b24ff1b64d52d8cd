import {
  ConditionalCheckFailedException,
  CreateTableCommand,
  DynamoDBClient,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import { type PeerVote, peerVotes } from "./votes.js";

export function dynamoClient(endpoint: string): DynamoDBClient {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  return new DynamoDBClient({ endpoint, region: "us-east-1", credentials });
}

/** A table of one item a voter. */
export async function createVoterTable(dynamo: DynamoDBClient, table: string): Promise<void> {
  await dynamo.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "voter", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "voter", KeyType: "HASH" }],
    }),
  );
}

/**
 * One conditional put: a voter's first vote stays.
 *
 * @returns whether it was the first, and the write units that DynamoDB says it has consumed
 */
export async function putVote(
  dynamo: DynamoDBClient,
  table: string,
  { voter, ballotId, choice }: PeerVote,
): Promise<{ first: boolean; units: number }> {
  try {
    const { ConsumedCapacity } = await dynamo.send(
      new PutItemCommand({
        TableName: table,
        Item: { voter: { S: voter }, ballotId: { S: ballotId }, choice: { S: choice } },
        ConditionExpression: "attribute_not_exists(voter)",
        ReturnConsumedCapacity: "TOTAL",
      }),
    );
    return { first: true, units: ConsumedCapacity?.CapacityUnits ?? 0 };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    // A refusal does not say so, but is charged by the size of the item that stands: below 1 KB.
    return { first: false, units: 1 };
  }
}

const requestsAtOnce = 32;

/** Puts so many votes as one item each, and counts requests and write units. */
export async function countItems(endpoint: string, table: string, votes: number) {
  const dynamo = dynamoClient(endpoint);
  await createVoterTable(dynamo, table);
  const source = peerVotes(votes);
  let writeUnits = 0;
  const work = async () => {
    for (const vote of source) {
      const { units } = await putVote(dynamo, table, vote);
      writeUnits += units;
    }
  };
  await Promise.all(Array.from({ length: requestsAtOnce }, work));
  dynamo.destroy();
  return { votes, writeRequests: votes, writeUnits };
}
