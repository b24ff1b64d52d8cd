import type { Election } from "../core/election.js";
import { instanceOf } from "../core/formats/definition.js";
import { closeMarker } from "../core/formats/frame.js";
import { requireTrusted } from "../core/trust.js";
import { signFrames } from "../keys/frame-signature.js";
import type { KeyDirectory } from "../keys/key-directory.js";
import type { OutgoingFrame } from "../log/port.js";
import type { Chance } from "../time/chance.js";

/**
 * Makes the markers that close all partitions of an election, signed with this host's admin key.
 *
 * @throws VoteError `untrusted-key` if the election does not trust it: a tally would refuse them
 */
export async function closeMarkers(
  keys: KeyDirectory,
  election: Election,
  chance: Chance,
): Promise<OutgoingFrame[]> {
  const key = await keys.signingKey("admin");
  requireTrusted(election, key, "admin");
  const producer = { producerId: chance.bytes(16), producerSequence: 1, keyId: key.idBytes };
  const home = { election: election.id, instance: instanceOf(election) };
  const markers = Array.from({ length: election.partitions }, (_, partition) => ({
    election: election.id,
    partition,
    bytes: closeMarker({ ...home, partition, ...producer }),
  }));
  await signFrames(markers, key);
  return markers;
}
