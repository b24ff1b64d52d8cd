import { z } from "zod";
import type { Contract } from "../schema/check.js";
import { addProblem, group, list, oneOf, text } from "../schema/field-types.js";

const maxIssuers = 16;
const claimError = "Allowed are a text, a number, true and false.";

const issuer = group({
  issuer: text(),
  jwksUrl: text().optional(),
  jwksFile: text().optional(),
  caFile: text().optional(),
  audience: text().optional(),
  voterClaim: text().optional(),
  electionClaim: text().optional(),
  scopes: list(oneOf(["vote", "gateway", "admin"]), 3).optional(),
  require: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()], { error: claimError }), {
      error: "Write claim: value.",
    })
    .optional(),
})
  .superRefine(({ jwksUrl, jwksFile }, context) => {
    if (jwksUrl === undefined || jwksFile === undefined) return;
    const hint = "Without either, the issuer's discovery document says where its keys are.";
    addProblem(context, ["jwksFile"], "and jwksUrl exclude each other", hint);
  })
  .meta({ not: { required: ["jwksUrl", "jwksFile"] } });
/** An identity provider whose tokens are believed. */
export type IssuerFields = Contract<typeof issuer>;

/** vote.yaml's `issuers`. */
export const issuersSchema = list(issuer, maxIssuers).superRefine((issuers, context) => {
  for (const [index, { issuer }] of issuers.entries()) {
    if (issuers.findIndex((one) => one.issuer === issuer) === index) continue;
    addProblem(context, [index, "issuer"], "is listed twice", "List each issuer once.");
  }
});
