import type { VoidPlace } from "../admin/election-admin.js";
import type { Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import { hashOfRecord } from "../core/formats/log-digest.js";
import { voidStatement } from "../core/formats/void-statement.js";
import { requireTrusted } from "../core/trust.js";
import { requireReason, voidedAt, withVoided } from "../core/voided.js";
import type { SignatureCheck } from "../keys/signing.js";
import type { FrameRecord } from "../log/port.js";
import type { Actor } from "../registry/port.js";
import { Gatekeeper } from "../tally/admission.js";
import type { Engine } from "../wiring/engine.js";
import { requireElection } from "./elections.js";

/**
 * Declares a record of the log void, so that the tally passes over exactly this one: the way out
 * when a record is damaged for good. Signed with this host's admin key. Safe to repeat.
 *
 * @throws VoteError `unknown-election`, `invalid-election`, `invalid-transition`, `untrusted-key`,
 *   `election-changed`, `log-unavailable`, or `not-voidable` for a record that is not there or is
 *   good
 */
export async function voidRecord(
  engine: Pick<Engine, "registry" | "log" | "keys">,
  id: string,
  { partition, position, reason }: VoidPlace,
  actor: Actor,
  isSigned?: SignatureCheck,
): Promise<Election> {
  const election = await requireElection(engine, id);
  requireReason(reason);
  const record = await recordAt(engine, election, partition, position);
  const hash = hashOfRecord(record.bytes);
  if (voidedAt(election, partition, position, hash) !== undefined) return election;
  await requireBad(election, partition, record, isSigned);
  const key = await engine.keys.signingKey("admin");
  requireTrusted(election, key, "admin");
  const words = { hash: hash.toString("hex"), reason, at: actor.at, keyId: key.id };
  const entry = { partition, position, ...words };
  const signature = await key.sign(voidStatement(election, entry));
  const voiding = withVoided(election, { ...entry, signature: signature.toString("base64url") });
  await engine.registry.replace(voiding, actor);
  return voiding;
}

async function recordAt(
  { log }: Pick<Engine, "log">,
  { id, partitions }: Election,
  partition: number,
  position: number,
): Promise<FrameRecord> {
  const inside = partition < partitions && position < (await log.end(id, partition));
  const [record] = inside ? await log.read(id, partition, position, 1) : [];
  if (record?.position === position) return record;
  throw new VoteError(
    "not-voidable",
    `Election ${id}, partition ${partition}, position ${position}: the log has no record there.`,
    { hint: "`vote recount --from log` names the place of each record that is damaged." },
  );
}

/** Voiding a good frame would throw acknowledged ballots away. */
async function requireBad(
  election: Election,
  partition: number,
  record: FrameRecord,
  isSigned?: SignatureCheck,
): Promise<void> {
  const gate = new Gatekeeper(election, partition, async () => election, isSigned);
  const { records, damage } = await gate.admit([record]);
  const isRefused = records.some((one) => "reason" in one);
  if (damage !== undefined || isRefused) return;
  throw new VoteError(
    "not-voidable",
    `Election ${election.id}, partition ${partition}, position ${record.position}: it is good.`,
    { hint: "Only a record that is damaged or refused can be voided." },
  );
}
