/** A number that plans are computed from, and where it comes from. */
export interface Constant {
  readonly value: number;
  readonly unit: string;
  /** The command, the document or the reasoning that gives it. */
  readonly source: string;
  /** When it was measured, and on which host. */
  readonly measured: string;
}

const host = "2026-11-21, 2 cores, Linux VM, Node.js 20.20";
const trial = "measured once, outside the benches";
const trialHost = "2026, 2 cores, Linux VM, Node.js 20.20";
const assumption = "assumed: measure your own";
const format = "by the format";
const aws = "AWS documentation, looked up 2026-11";
const published = "us-east-1, on demand, as published in 2025: check before you buy";
const unverified = "us-east-1, on demand, 2025, not checked since: check before you buy";

function of(value: number, unit: string, source: string, measured: string): Constant {
  return { value, unit, source, measured };
}

/** What plans are computed from. A file given with --constants replaces some of it. */
export const defaultConstants = {
  // Measured with the benches; docs/performance.md has the same figures.
  // `vote plan --measure` measures all but the fan-out on another host.
  ingestRequestsPerCpuSecond: of(22_444, "requests/CPU s", "vote bench ingest", host),
  ingestBatchVotesPerSecond: of(486_508, "votes/s, a process", "vote bench ingest", host),
  tallyVotesPerCpuSecond: of(
    424_582,
    "votes/CPU s, log and ledger servers included",
    "vote bench pipeline --engine cluster",
    host,
  ),
  recountVotesPerCpuSecond: of(5_841_422, "votes/CPU s", "vote bench recount", host),
  startVotesPerSecond: of(4_000_000, "votes/s of a chain", "vote bench startup", host),
  dedupBytesPerVoter: of(30.5, "bytes", "vote bench dedup", host),
  serveWritesPerCpuSecond: of(105_263, "events/CPU s", "vote bench fanout", host),
  serveBytesPerClient: of(5_100, "bytes", "vote bench fanout", host),
  // Measured once, outside the benches.
  framesPerCpuSecond: of(60_000, "records/CPU s, kafkajs producer", trial, trialHost),
  commitsPerCpuSecond: of(1_200, "conditional puts/CPU s, AWS SDK", trial, trialHost),
  // Fixed by the formats.
  receiptBytes: of(559, "bytes, in a frame of 100 ballots", "docs/formats.md", format),
  eventBytes: of(200, "bytes of a delta and its frame", "docs/reference/live.md", format),
  eventBytesPerCandidate: of(8, "bytes", "docs/reference/live.md", format),
  // Fixed by the code.
  commitIntervalMs: of(80, "ms between a partition's commits", "docs/decisions/0011", "as built"),
  maxClientsPerServe: of(20_000, "clients", "vote serve's default", "as built"),
  // Assumed.
  gatherMs: of(10, "ms: linger at full load, and the log's answer", "reasoning", assumption),
  commitMs: of(10, "ms: one conditional put", "reasoning", assumption),
  requestBytes: of(900, "bytes in: HTTP, token, TCP and TLS", "reasoning", assumption),
  responseBytes: of(300, "bytes out, without the receipt", "reasoning", assumption),
  batchLineBytes: of(80, "bytes in: a ballot of a batch", "reasoning", assumption),
  recordOverheadBytes: of(70, "bytes a record in Kafka", "reasoning", assumption),
  secondVoteShare: of(0.05, "of all ballots", "vote load's default", assumption),
  processBytes: of(157_286_400, "bytes: an idle Node.js process", "reasoning", assumption),
  memorySpare: of(0.25, "of what is needed, on top", "reasoning", assumption),
  replication: of(3, "copies in the log", "docs/how-to/cluster.md", "as set up"),
  brokerBytesPerSecond: of(20_000_000, "bytes/s written, a broker", "reasoning", assumption),
  brokerCores: of(2, "cores", "kafka.m7g.large", aws),
  brokerMemoryGiB: of(8, "GiB", "kafka.m7g.large", aws),
  maxReplicasPerBroker: of(1_000, "partition replicas, a broker", "kafka.m7g.large", assumption),
  viewCommandsPerSecond: of(100_000, "commands/s, one Redis", "reasoning", assumption),
  viewMemoryGiB: of(1, "GiB a node", "reasoning", assumption),
  // DynamoDB's limits.
  unitBytes: of(1_024, "bytes a write unit", "DynamoDB", aws),
  readUnitBytes: of(4_096, "bytes a strongly consistent read unit", "DynamoDB", aws),
  unitsPerPartition: of(1_000, "write units/s, one partition key", "DynamoDB", aws),
  readUnitsPerPartition: of(3_000, "read units/s, one partition key", "DynamoDB", aws),
  unitsPerTable: of(40_000, "write units/s, a table's quota", "DynamoDB", aws),
  unitsOfNewTable: of(4_000, "write units/s at once, new table", "DynamoDB", aws),
  // Prices.
  dollarsPerCoreHour: of(0.0363, "$, with 2 GiB", "half a c7g.large", unverified),
  dollarsPerGiBHour: of(0.003, "$, memory above 2 GiB a core", "r7g less c7g", unverified),
  dollarsPerBrokerHour: of(0.204, "$", "MSK kafka.m7g.large", unverified),
  dollarsPerLogGBMonth: of(0.1, "$", "MSK storage", unverified),
  dollarsPerMillionWriteUnits: of(0.625, "$", "DynamoDB", published),
  dollarsPerMillionReadUnits: of(0.125, "$", "DynamoDB", published),
  dollarsPerLedgerGBMonth: of(0.25, "$", "DynamoDB", unverified),
  dollarsPerViewNodeHour: of(0.158, "$", "ElastiCache cache.m7g.large", unverified),
  dollarsPerEgressGB: of(0.09, "$, to the internet, first 10 TB", "EC2", unverified),
} as const satisfies Record<string, Constant>;

export type ConstantName = keyof typeof defaultConstants;
export type Constants = Readonly<Record<ConstantName, Constant>>;
