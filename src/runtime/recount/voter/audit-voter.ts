import type { VoterAudit } from "../../contracts/audit/voter-audit.js";
import type { Election } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import {
  ballotIdOf,
  ballotWords,
  idBytes,
  receivedAtOf,
  wordsOf,
} from "../../core/formats/ballot.js";
import { decisionNames } from "../../core/formats/decision.js";
import { verifiedElection } from "../../core/trail.js";
import { partitionOf } from "../../core/voter/partition.js";
import { createVoterTagger } from "../../core/voter/voter-tag.js";
import type { LedgerReader } from "../../ledger/port.js";
import type { LogReader } from "../../log/port.js";
import type { RegistryReader } from "../../registry/port.js";
import { Findings } from "../findings/report.js";
import { emptyChain, readChain } from "../ledger/chain.js";

interface Evidence {
  readonly log: LogReader;
  readonly ledger: LedgerReader;
  readonly registry: RegistryReader;
  readonly keys: { electionKey(election: Election): Promise<Buffer> };
}

/**
 * Says whether a voter has voted: reads the whole chain of the voter's partition, and never what a
 * ballot chose.
 *
 * @param voter as docs/formats.md has it, with the issuer if there is one
 * @throws VoteError `unknown-election`; `corrupt-registry` or `corrupt-segment` for damage; as
 *   `electionKey` does without the election's key
 */
export async function auditVoter(
  id: string,
  voter: string,
  { log, ledger, registry, keys }: Evidence,
): Promise<VoterAudit> {
  const election = verifiedElection(id, await registry.history(id));
  if (election === undefined) throw unknownElection(id);
  const tag = Buffer.alloc(idBytes);
  createVoterTagger(await keys.electionKey(election)).write(voter, tag, 0);
  const partition = partitionOf(tag.readUInt32LE(0), election.partitions);
  const findings = new Findings(id);
  const chain = emptyChain();
  let counted: VoterAudit["counted"];
  const rejected: VoterAudit["rejected"][number][] = [];
  for await (const segment of readChain(ledger, election, partition, findings, chain)) {
    const words = wordsOf(segment.ballots, 0, segment.ballotCount);
    for (let index = 0; index < segment.ballotCount; index++) {
      const at = index * ballotWords;
      if (segment.ballots.compare(tag, 0, idBytes, at * 4, at * 4 + idBytes) !== 0) continue;
      const reason = decisionNames[segment.decisions[index]];
      const ballotId = ballotIdOf(words, at);
      const ballot = { ballotId, receivedAt: receivedAtOf(words, at), segment: segment.sequence };
      if (reason === "counted") counted ??= ballot;
      else rejected.push({ ...ballot, reason });
    }
  }
  const [damage] = findings.kept;
  if (damage !== undefined) throw new VoteError("corrupt-segment", `${damage.detail}.`);
  const undecided = (await log.end(id, partition)) > chain.position;
  return { election: id, partition, voted: counted !== undefined, counted, rejected, undecided };
}

function unknownElection(id: string): VoteError {
  return new VoteError("unknown-election", `Election ${id} is not here.`, {
    hint: "`vote election list` shows those that are.",
  });
}
