import type { Trail } from "../../runtime/contracts/http/election.js";
import type { Election } from "../../runtime/core/election.js";
import { keyIdOf } from "../../runtime/core/key-id.js";

/** Renders a trail for `vote election trail`: when, who, what, from which value to which. */
export function trailText(trail: Trail): string {
  const width = Math.max(0, ...trail.changes.map(({ by }) => by.length)) + 2;
  const lines = trail.changes.map(({ election, by, at }, index) => {
    const head = `${String(election.revision).padStart(3)}  ${timeText(at)}  ${by.padEnd(width)}`;
    const what = changesBetween(trail.changes[index - 1]?.election, election);
    return head + what.join(`\n${" ".repeat(head.length)}`);
  });
  return [...lines, "", ...verdictOf(trail)].join("\n");
}

const times = { opensAt: "opens at", closesAt: "closes at" } as const;

function changesBetween(before: Election | undefined, after: Election): string[] {
  if (before === undefined) {
    return [`created, with ${after.candidates.length} candidates`, ...timesOf(undefined, after)];
  }
  const status = before.status === after.status ? [] : [`${before.status} → ${after.status}`];
  const signers = after.signers.slice(before.signers.length).map(({ use, publicKey }) => {
    return `trusts the ${use} key ${keyIdOf(publicKey)}`;
  });
  const voided = after.voided.slice(before.voided.length).map(({ partition, position, reason }) => {
    return `voids partition ${partition}, position ${position}: ${reason}`;
  });
  const destroyed = (after.keyDestroyed ?? []).slice(before.keyDestroyed?.length ?? 0);
  const keys = destroyed.map(({ host }) => `host ${host} destroyed its voter key`);
  const all = [
    ...[...status, ...timesOf(before, after), ...signers, ...voided, ...keys],
    ...gatewaysOf(before, after),
    ...proofOf(before, after),
  ];
  return all.length === 0 ? ["no change of what is listed here"] : all;
}

function proofOf(before: Election, { proofOfWork }: Election): string[] {
  if (before.proofOfWork === proofOfWork) return [];
  return [`${proofOfWork ? "asks" : "no longer asks"} for a proof of work`];
}

function gatewaysOf(before: Election, { gateways = [] }: Election): string[] {
  const known = new Set(before.gateways?.map((one) => JSON.stringify(one)));
  return gateways
    .filter((one) => !known.has(JSON.stringify(one)))
    .map(({ gateway, suspended, reason }) => {
      return `${suspended ? "suspends" : "lets in again"} gateway ${gateway}: ${reason}`;
    });
}

function timesOf(before: Election | undefined, after: Election): string[] {
  return (["opensAt", "closesAt"] as const)
    .filter((name) => before?.[name] !== after[name])
    .map((name) => `${times[name]} ${timeText(before?.[name])} → ${timeText(after[name])}`);
}

function timeText(ms: number | undefined): string {
  return ms === undefined ? "none" : new Date(ms).toISOString();
}

function verdictOf({ election, whole, fault, head }: Trail): string[] {
  if (!whole) {
    const where = fault && `: election ${election}, change ${fault.change}: ${fault.what}`;
    return [`✗ The trail is NOT whole${where ?? ""}.`];
  }
  return [
    "✓ The trail is whole. Write its head down: whoever has it notices a trail that was altered.",
    `  ${head}`,
  ];
}
