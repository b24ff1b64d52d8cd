import type { z } from "zod";
import { backupManifestSchema } from "./audit/backup-manifest.js";
import { decisionDiffSchema } from "./audit/decision-diff.js";
import { decisionTableSchema } from "./audit/decision-table.js";
import { leafProofSchema, publishedLogSchema } from "./audit/published-log.js";
import { receiptAuditSchema } from "./audit/receipt-audit.js";
import { receiptsAuditSchema } from "./audit/receipts-audit.js";
import { voterAuditSchema } from "./audit/voter-audit.js";
import { chaosReportSchema } from "./chaos/chaos-report.js";
import { doctorReportSchema } from "./config/doctor-report.js";
import {
  electionRequestSchema,
  gatewayRequestSchema,
  proofRequestSchema,
  scheduleRequestSchema,
  signerRequestSchema,
  voidRequestSchema,
} from "./http/admin-requests.js";
import {
  ballotReceiptSchema,
  ballotSchema,
  batchAnswerSchema,
  batchLineSchema,
  minimalBatchAnswerSchema,
} from "./http/ballot.js";
import { ballotDecisionSchema } from "./http/ballot-decision.js";
import {
  adminListSchema,
  electionListSchema,
  electionSchema,
  trailSchema,
  voterElectionSchema,
} from "./http/election.js";
import { problemSchema } from "./http/problem.js";
import { historySchema, resultSchema } from "./http/result.js";
import {
  certifyMetricsSchema,
  commonStatusSchema,
  ingestMetricsSchema,
  probeSchema,
  serveMetricsSchema,
  statusSchemas,
  tallyMetricsSchema,
} from "./http/status.js";
import { voteKeysSchema } from "./http/vote-keys.js";
import { loadRecordSchema } from "./load/load-record.js";
import { transcriptReportSchema } from "./load/transcript.js";

/** Bodies by their names in docs/reference/json.md and in the OpenAPI documents. */
export const bodies = {
  "ballot receipt": ballotReceiptSchema,
  "ballot decision": ballotDecisionSchema,
  "batch answer": batchAnswerSchema,
  "minimal batch answer": minimalBatchAnswerSchema,
  "voter's election": voterElectionSchema,
  "election list": electionListSchema,
  "vote keys": voteKeysSchema,
  result: resultSchema,
  history: historySchema,
  election: electionSchema,
  trail: trailSchema,
  "election request": electionRequestSchema,
  "schedule request": scheduleRequestSchema,
  "signer request": signerRequestSchema,
  "void request": voidRequestSchema,
  "gateway request": gatewayRequestSchema,
  "proof request": proofRequestSchema,
  "status of every role": commonStatusSchema,
  "status of ingest": ingestMetricsSchema,
  "status of tally": tallyMetricsSchema,
  "status of serve": serveMetricsSchema,
  "status of certify": certifyMetricsSchema,
  problem: problemSchema,
  "receipt audit": receiptAuditSchema,
  "audit of many receipts": receiptsAuditSchema,
  "published log": publishedLogSchema,
  "leaf proof": leafProofSchema,
  "voter audit": voterAuditSchema,
  "decision diff": decisionDiffSchema,
  "decision table": decisionTableSchema,
  "backup manifest": backupManifestSchema,
  "load record": loadRecordSchema,
  "transcript report": transcriptReportSchema,
  "chaos report": chaosReportSchema,
  "doctor report": doctorReportSchema,
  ballot: ballotSchema,
  "batch line": batchLineSchema,
  "admin list": adminListSchema,
  "ingest status": statusSchemas.ingest,
  "tally status": statusSchemas.tally,
  "serve status": statusSchemas.serve,
  "admin status": statusSchemas.admin,
  "certify status": statusSchemas.certify,
  probe: probeSchema,
} as const satisfies Readonly<Record<string, z.ZodType>>;

export type BodyName = keyof typeof bodies;
