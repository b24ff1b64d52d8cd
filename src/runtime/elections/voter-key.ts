import type { VoterKeyFile } from "../contracts/config/voter-key-file.js";
import type { Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import { requireCertified, withKeyDestroyed } from "../core/voter/key-destroyed.js";
import { keyFingerprint } from "../core/voter/key-fingerprint.js";
import { writeOnce } from "../keys/secret-files.js";
import {
  electionKeyFile,
  keyDestroyed,
  overwriteElectionKey,
  removeElectionKey,
} from "../keys/stored-voter-key.js";
import { openVoterKey, sealVoterKey } from "../keys/voter-key-file.js";
import type { Actor } from "../registry/port.js";
import type { Engine } from "../wiring/engine.js";
import { requireElection } from "./elections.js";

type Keys = Pick<Engine, "registry" | "keys">;

/**
 * An election's voter key, for another host that is to take its ballots.
 *
 * @throws VoteError `unknown-election`, `key-destroyed`, `data-directory-unusable`
 */
export async function exportVoterKey(
  engine: Keys,
  id: string,
  passphrase?: string,
): Promise<VoterKeyFile> {
  const election = await requireElection(engine, id);
  return sealVoterKey(election, await engine.keys.electionKey(election), passphrase);
}

/**
 * Puts an exported key into this host's key directory. Safe to repeat.
 *
 * @throws VoteError `corrupt-key-file` for a key that is not the election's, `unknown-election`,
 *   `key-destroyed`, `wrong-election-key` if another key stands in its place here
 */
export async function importVoterKey(
  engine: Keys,
  directory: string,
  file: VoterKeyFile,
  passphrase?: string,
): Promise<Election> {
  const election = await requireElection(engine, file.election);
  for (const name of ["instance", "keyId", "keyFingerprint"] as const) {
    if (file[name] !== election[name]) throw otherKey(election, `its ${name} is another`);
  }
  const [destroyed] = election.keyDestroyed ?? [];
  if (destroyed !== undefined) throw keyDestroyed(destroyed);
  const key = await openVoterKey(file, passphrase);
  if (keyFingerprint(key) !== election.keyFingerprint) {
    throw otherKey(election, "its fingerprint is another");
  }
  await writeOnce(directory, electionKeyFile(directory, election.keyId), key);
  // Another file may have been there.
  await engine.keys.electionKey(election);
  return election;
}

function otherKey({ id }: Election, why: string): VoteError {
  return new VoteError("corrupt-key-file", `The key is not that of election ${id}: ${why}.`, {
    hint: "Export it once more, on the host that created the election.",
  });
}

/**
 * Destroys this host's copy of a certified election's voter key, and says so in its trail. In this
 * order, so that the trail never says it of a key that is still there; after a crash, a second call
 * goes on.
 *
 * @throws VoteError `unknown-election`, `invalid-transition`, `election-changed`, or
 *   `data-directory-unusable` if there is no key here
 */
export async function destroyVoterKey(
  engine: Keys,
  directory: string,
  id: string,
  actor: Actor,
): Promise<Election> {
  const election = await requireElection(engine, id);
  requireCertified(election);
  const { id: host } = await engine.keys.signingKey("admin");
  const destroyed = withKeyDestroyed(election, { host, at: actor.at });
  const wasThere = await overwriteElectionKey(directory, election);
  if (!wasThere && destroyed !== election) {
    throw new VoteError("data-directory-unusable", `This host has no voter key of ${id}.`, {
      hint: "Run it on the hosts that have one, and with the data directory of their ingest.",
    });
  }
  if (destroyed !== election) await engine.registry.replace(destroyed, actor);
  if (wasThere) await removeElectionKey(directory, election.keyId);
  return destroyed;
}
