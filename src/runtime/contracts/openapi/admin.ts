import type { ErrorCode } from "../../core/errors.js";
import type { BodyName } from "../bodies.js";
import { type Operation, type Operations, registryRefusals, tokenRefusals } from "./operation.js";

const all = "/v1/admin/elections";
const one = `${all}/{id}`;

const readRefusals = [...tokenRefusals, ...registryRefusals, "shutting-down"] as const;
const oneRefusals = [...readRefusals, "unknown-election", "not-found"] as const;
const bodyRefusals = [
  "malformed-json",
  "invalid-election",
  "unsupported-media-type",
  "body-too-large",
] as const;

const changed = { description: "The election as it is now.", body: "election" } as const;

const change = (
  summary: string,
  refusals: readonly ErrorCode[],
  request?: BodyName,
): Operation => ({
  summary,
  scope: "admin",
  request,
  answers: { 200: changed },
  refusals: [
    ...oneRefusals,
    ...bodyRefusals,
    "invalid-transition",
    "election-changed",
    "log-unavailable",
    "clock-error",
    ...refusals,
  ],
});

/** What the admin API takes and answers. */
export const adminOperations: Operations = {
  [`GET ${all}`]: {
    summary: "All elections.",
    scope: "admin",
    answers: { 200: { description: "All elections.", body: "admin list" } },
    refusals: readRefusals,
  },
  [`POST ${all}`]: {
    summary: "Make an election, as a draft.",
    scope: "admin",
    request: "election request",
    answers: {
      201: { description: "The new election.", body: "election", headers: { Location: "its own" } },
    },
    refusals: [
      ...readRefusals,
      ...bodyRefusals,
      "election-exists",
      "leftover-evidence",
      "log-unavailable",
      "clock-error",
      "data-directory-unusable",
    ],
  },
  [`GET ${one}`]: {
    summary: "An election's whole record.",
    scope: "admin",
    answers: { 200: { description: "The record.", body: "election" } },
    refusals: oneRefusals,
  },
  [`GET ${one}/trail`]: {
    summary: "All changes of an election, verified.",
    scope: "admin",
    answers: { 200: { description: "The trail.", body: "trail" } },
    refusals: oneRefusals,
  },
  [`POST ${one}/open`]: change("Open an election.", ["leftover-evidence"]),
  [`POST ${one}/close`]: {
    ...change("Close an election.", ["untrusted-key"]),
    answers: {
      200: { description: "It is closed.", body: "election" },
      202: { description: "Its end is announced, a second or two ahead.", body: "election" },
    },
  },
  [`PUT ${one}/schedule`]: change(
    "Change when it opens and closes by itself.",
    [],
    "schedule request",
  ),
  [`POST ${one}/signers`]: change("Trust a key.", [], "signer request"),
  [`POST ${one}/voided`]: change(
    "Make the tally pass over a record that is damaged or refused.",
    ["not-voidable", "untrusted-key"],
    "void request",
  ),
  [`PUT ${one}/proof-of-work`]: change(
    "Ask for a proof of work with each ballot that a voter sends, or no longer.",
    [],
    "proof request",
  ),
  [`POST ${one}/gateways`]: change("Suspend a gateway, or let it in again.", [], "gateway request"),
};
