import { ballotBytes } from "../core/formats/ballot.js";
import { frameHeaderBytes } from "../core/formats/frame.js";
import { maxSegmentBytes } from "../core/limits.js";
import { flowAt, framesPerSecond, readSeconds, tallyCores } from "./flow.js";
import { fewestProcesses, type RolePlan, type Sizing } from "./input.js";

const fewestBrokers = 3;
const viewNodes = 2;
const gib = 2 ** 30;
const gb = 1e9;
const mb = 1e6;
const includedGiBPerCore = 2;

interface RolesPlan {
  readonly roles: RolePlan[];
  /** Frames a second between ingest and log. */
  readonly frames: number;
  readonly tallyStartSeconds: number;
  readonly recountSeconds: number;
}

/** Computes what each role needs, and how long a tally's start and a recount take. */
export function planRoles(sizing: Sizing): RolesPlan {
  const { ingest, frames } = planIngest(sizing);
  const tally = planTally(sizing);
  const recountSeconds = recountTime(sizing);
  const roles = [
    ingest,
    planLog(sizing, frames, ingest.processes),
    tally,
    planLedger(sizing),
    planView(sizing),
    planServe(sizing),
    planRecount(sizing, recountSeconds),
  ];
  const tallyStartSeconds = tallyStartTime(sizing, tally.processes);
  return { roles, frames, tallyStartSeconds, recountSeconds };
}

const ballotsOf = ({ averagePerSecond, durationSeconds }: Sizing) =>
  averagePerSecond * durationSeconds;
/** Bytes of the ledger's segments when the election ends. */
const ledgerBytes = (sizing: Sizing) =>
  flowAt(sizing.averagePerSecond, sizing).bytes * sizing.durationSeconds;

/** A tally reads the chains of its partitions side by side, each as fast as its key allows. */
function tallyStartTime(sizing: Sizing, tallies: number): number {
  const { partitions, value } = sizing;
  const share = Math.ceil(partitions / tallies) / partitions;
  const working = (ballotsOf(sizing) * share) / value("startVotesPerSecond");
  return Math.max(working, readSeconds(ledgerBytes(sizing) / partitions, value));
}

/** The recount reads one chain after the other, so it never reads faster than one key allows. */
function recountTime(sizing: Sizing): number {
  const { value } = sizing;
  const working = ballotsOf(sizing) / value("recountVotesPerCpuSecond");
  return Math.max(working, readSeconds(ledgerBytes(sizing), value));
}

const hoursOf = ({ durationSeconds }: Sizing) => durationSeconds / 3_600;
const processesFor = (busyCores: number, { utilization }: Sizing) =>
  Math.max(fewestProcesses, Math.ceil(busyCores / utilization));

/** Plans a role of Node.js processes with one core each. */
function nodeRole(
  sizing: Sizing,
  role: RolePlan["role"],
  processes: number,
  needs: { busyCores: number; bytes: number; networkBytes: number; egressBytes: number },
  hours = hoursOf(sizing),
): RolePlan {
  const { value, votesPerSecond, averagePerSecond } = sizing;
  const bytes = processes * value("processBytes") + needs.bytes;
  const memoryGiB = (bytes * (1 + value("memorySpare"))) / gib;
  const extraGiB = Math.max(0, memoryGiB - processes * includedGiBPerCore);
  const machines = processes * value("dollarsPerCoreHour") + extraGiB * value("dollarsPerGiBHour");
  const egress = ((needs.egressBytes * 3_600) / gb) * value("dollarsPerEgressGB");
  // Viewers are served all the time, while answers to votes follow the rate of votes.
  const egressShare = role === "ingest" ? averagePerSecond / votesPerSecond : 1;
  return {
    role,
    processes,
    cores: processes,
    busyCores: needs.busyCores,
    memoryGiB,
    networkMBPerSecond: needs.networkBytes / mb,
    diskGB: 0,
    dollarsPerHour: machines + egress,
    dollars: (machines + egress * egressShare) * hours,
  };
}

/** Adds ingests until they suffice: more ingests write more and smaller frames, which cost CPU. */
function planIngest(sizing: Sizing): { ingest: RolePlan; frames: number } {
  const { votesPerSecond, partitions, via, value } = sizing;
  const single = via === "http";
  const perCore = value(single ? "ingestRequestsPerCpuSecond" : "ingestBatchVotesPerSecond");
  let processes = fewestProcesses;
  for (;;) {
    const frames = framesPerSecond(votesPerSecond, processes, partitions, value);
    const busyCores = votesPerSecond / perCore + frames / value("framesPerCpuSecond");
    const needed = processesFor(busyCores, sizing);
    if (needed > processes) {
      processes = needed;
      continue;
    }
    const bytesIn = votesPerSecond * value(single ? "requestBytes" : "batchLineBytes");
    const answer = single ? value("responseBytes") + value("receiptBytes") : 0;
    const bytesOut = votesPerSecond * answer;
    const networkBytes = bytesIn + bytesOut + logBytes(votesPerSecond, frames, sizing);
    const needs = { busyCores, bytes: 0, networkBytes, egressBytes: bytesOut };
    return { ingest: nodeRole(sizing, "ingest", processes, needs), frames };
  }
}

function logBytes(ballots: number, frames: number, { value }: Sizing): number {
  return ballots * ballotBytes + frames * (frameHeaderBytes + value("recordOverheadBytes"));
}

function planLog(sizing: Sizing, frames: number, ingests: number): RolePlan {
  const { votesPerSecond, averagePerSecond, partitions, utilization, value } = sizing;
  const copies = value("replication");
  const written = logBytes(votesPerSecond, frames, sizing) * copies;
  const forBytes = Math.ceil(written / (value("brokerBytesPerSecond") * utilization));
  const brokers = Math.max(fewestBrokers, copies, forBytes);
  const average = framesPerSecond(averagePerSecond, ingests, partitions, value);
  const stored = logBytes(averagePerSecond, average, sizing) * copies * sizing.durationSeconds;
  const diskGB = stored / utilization / gb;
  const dollarsPerHour = brokers * value("dollarsPerBrokerHour");
  return {
    role: "log",
    processes: brokers,
    cores: brokers * value("brokerCores"),
    busyCores: (written / value("brokerBytesPerSecond")) * value("brokerCores"),
    memoryGiB: brokers * value("brokerMemoryGiB"),
    // The brokers write all copies, and the tallies read one.
    networkMBPerSecond: (written + written / copies) / mb,
    diskGB,
    dollarsPerHour,
    dollars: dollarsPerHour * hoursOf(sizing) + diskGB * value("dollarsPerLogGBMonth"),
  };
}

function planTally(sizing: Sizing): RolePlan {
  const { votesPerSecond, voters, partitions, value } = sizing;
  const busyCores = tallyCores(votesPerSecond, sizing);
  const processes = processesFor(busyCores, sizing);
  const rejected = (voters * value("secondVoteShare")) / (1 - value("secondVoteShare"));
  const tables = (voters + rejected) * value("dedupBytesPerVoter");
  // When one process dies, the others take its partitions over.
  const bytes = ((tables + partitions * maxSegmentBytes) * processes) / (processes - 1);
  const { bytes: segments } = flowAt(votesPerSecond, sizing);
  const networkBytes = votesPerSecond * ballotBytes + segments;
  return nodeRole(sizing, "tally", processes, { busyCores, bytes, networkBytes, egressBytes: 0 });
}

function planLedger(sizing: Sizing): RolePlan {
  const { votesPerSecond, averagePerSecond, durationSeconds, value } = sizing;
  const peak = flowAt(votesPerSecond, sizing);
  const average = flowAt(averagePerSecond, sizing);
  const price = value("dollarsPerMillionWriteUnits") / 1e6;
  const diskGB = (average.bytes * durationSeconds) / gb;
  return {
    role: "ledger",
    processes: 0,
    cores: 0,
    busyCores: 0,
    memoryGiB: 0,
    networkMBPerSecond: peak.bytes / mb,
    diskGB,
    dollarsPerHour: peak.units * 3_600 * price,
    dollars: average.units * durationSeconds * price + diskGB * value("dollarsPerLedgerGBMonth"),
  };
}

/** The bytes of one partition's counts in the view. */
const partitionViewBytes = (candidates: number) => 160 + 8 * candidates;

function planView(sizing: Sizing): RolePlan {
  const { votesPerSecond, candidates, partitions, updatesPerSecond, value } = sizing;
  const { commits } = flowAt(votesPerSecond, sizing);
  const reads = planServe(sizing).processes * updatesPerSecond;
  const networkBytes = (commits + reads * partitions) * partitionViewBytes(candidates);
  const dollarsPerHour = viewNodes * value("dollarsPerViewNodeHour");
  return {
    role: "view",
    processes: viewNodes,
    cores: viewNodes,
    busyCores: (commits + reads) / value("viewCommandsPerSecond"),
    memoryGiB: viewNodes * value("viewMemoryGiB"),
    networkMBPerSecond: networkBytes / mb,
    diskGB: 0,
    dollarsPerHour,
    dollars: dollarsPerHour * hoursOf(sizing),
  };
}

function planServe(sizing: Sizing): RolePlan {
  const { viewers, updatesPerSecond, candidates, value } = sizing;
  const events = viewers * updatesPerSecond;
  const busyCores = events / value("serveWritesPerCpuSecond");
  const forClients = Math.ceil(viewers / value("maxClientsPerServe"));
  const processes = Math.max(processesFor(busyCores, sizing), forClients);
  const bytesOut = events * (value("eventBytes") + candidates * value("eventBytesPerCandidate"));
  const bytes = viewers * value("serveBytesPerClient");
  const needs = { busyCores, bytes, networkBytes: bytesOut, egressBytes: bytesOut };
  return nodeRole(sizing, "serve", processes, needs);
}

/** Plans one process after the close: at least an hour of a machine, and the ledger's reads. */
function planRecount(sizing: Sizing, seconds: number): RolePlan {
  const { partitions, value } = sizing;
  const stored = ledgerBytes(sizing);
  const needs = {
    busyCores: 1,
    // The recount holds one partition at a time.
    bytes: (ballotsOf(sizing) / partitions) * (ballotBytes + 1),
    networkBytes: seconds === 0 ? 0 : stored / seconds,
    egressBytes: 0,
  };
  const hours = Math.max(1, seconds / 3_600);
  const machine = nodeRole(sizing, "recount", 1, needs, hours);
  const reads = (stored / value("readUnitBytes") / 1e6) * value("dollarsPerMillionReadUnits");
  return { ...machine, dollars: machine.dollars + reads };
}
