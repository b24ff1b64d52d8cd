import { z } from "zod";
import type { Contract } from "../schema/check.js";
import { count } from "../schema/json-types.js";

/** What `vote audit receipt` finds in a file with many. */
export const receiptsAuditSchema = z.object({
  receipts: count("lines that are not empty"),
  outcomes: z
    .object({
      signed: count(),
      counted: count(),
      rejected: count(),
      repeated: count(),
      pending: count(),
      missing: count(),
      invalid: count(),
    })
    .describe("as of a single receipt; `invalid`: it does not hold. Exit 3 for `missing` and it"),
  findings: z
    .array(z.object({ line: z.int().describe("from 1"), detail: z.string() }))
    .describe("the first 20 that are missing or invalid"),
});
export type ReceiptsAudit = Contract<typeof receiptsAuditSchema>;
