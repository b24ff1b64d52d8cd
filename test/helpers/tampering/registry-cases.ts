import type { Election } from "../../../src/runtime/core/election.js";
import { adminSigner } from "../data/certificate.js";
import type { Tampering, TamperingCase } from "./tampered.js";

/** Removes these changes of the trail. */
const without =
  (...numbers: (number | "last")[]): Tampering =>
  (data) => {
    const { trail } = data;
    const gone = numbers.map((number) => (number === "last" ? trail.length : number));
    const numbered = trail.map((change, index) => [index + 1, change] as const);
    data.setTrail(new Map(numbered.filter(([number]) => !gone.includes(number))));
  };
const altered =
  (number: number, change: object): Tampering =>
  (data) =>
    data.setTrail(
      new Map(
        data.trail.map((one, index) => [
          index + 1,
          index + 1 === number ? { ...one, ...change } : one,
        ]),
      ),
    );
const recorded =
  (change: object): Tampering =>
  (data) =>
    data.setRecord({ ...data.record, ...change });

const rewritten =
  (forge: (election: Election) => Election): Tampering =>
  (data) =>
    data.rewriteTrail(forge);

const otherDefinition =
  /wrong-definition: election demo, partition 0, segment 0: made by another def/;
const otherHead = /is the hash of no change that left the election closed|does not trust/;

/** Done to an election that is certified. */
export const registryCases: readonly TamperingCase[] = [
  ["the trail's first change removed", without(1), /election demo, change 1: it is missing/],
  ["a change in the middle removed", without(3), /election demo, change 3: it is missing/],
  ["the trail's last change removed", without("last"), /change 5: it is missing, and the/],
  ["the whole trail removed", without(1, 2, 3, 4, "last"), /change 1: it is missing, and the/],
  ["who made a change", altered(2, { by: "eve" }), /change 3: it does not hold the hash of/],
  ["when a change was made", altered(4, { at: 1 }), /change 5: it does not hold the hash of/],
  ["who certified", altered(5, { by: "eve" }), /the certificate says .*"ada".*the trail .*"eve"/],
  ["when it was certified", altered(5, { at: 1 }), /the certificate says .* the trail .*:1,/],
  ["a link of the trail", altered(5, { previous: "ab" }), /change 5: it does not hold the hash/],
  ["the record removed", (data) => data.setRecord(undefined), /change 5: .* record is missing/],
  [
    "candidates swapped",
    (data) => data.setRecord({ ...data.record, candidates: data.record.candidates.toReversed() }),
    /change 5: the election's record is not as this change left it/,
  ],
  [
    "a candidate renamed",
    (data) => {
      const [first, ...rest] = data.record.candidates;
      data.setRecord({ ...data.record, candidates: [{ ...first, name: "Eve" }, ...rest] });
    },
    /change 5: the election's record is not as this change left it/,
  ],
  [
    "candidates swapped in the newest change too",
    (data) => {
      const candidates = data.record.candidates.toReversed();
      data.setRecord({ ...data.record, candidates });
      altered(5, { election: data.record })(data);
    },
    /broken-trail: election demo, change 5: it alters candidates/,
  ],
  ["the title", recorded({ title: "Another" }), /change 5: the election's record is not as/],
  ["the partitions", recorded({ partitions: 1 }), /change 5: the election's record is not as/],
  ["the key", recorded({ keyId: "other" }), /change 5: the election's record is not as/],
  ["the keys it trusts", recorded({ signers: [] }), /change 5: the election's record is not as/],
  ["when it was made", recorded({ createdAt: 9 }), /change 5: the election's record is not as/],
  ["when it opened", recorded({ openedAt: 9 }), /change 5: the election's record is not as/],
  ["when it was to close", recorded({ closesAt: 9 }), /change 5: the election's record is not/],
  ["when it closed", recorded({ closedAt: 9 }), /change 5: the election's record is not as/],
  ["its status", recorded({ status: "open" }), /change 5: the election's record is not as this/],
  ["its revision", recorded({ revision: 9 }), /change 6: it is missing, and the election's/],
  ["an earlier state", (data) => data.setRecord(data.trail[2].election), /change 5: the elect/],
];

/** Trails written anew with hashes that fit, of an election that is sealed: it is another one. */
export const rewrittenCases: readonly TamperingCase[] = [
  [
    "swapped candidates",
    rewritten((one) => ({ ...one, candidates: one.candidates.toReversed() })),
    otherDefinition,
  ],
  [
    "renamed candidates",
    rewritten((one) => ({
      ...one,
      candidates: one.candidates.map(({ id }) => ({ id, name: `Not ${id}` })),
    })),
    otherDefinition,
  ],
  ["another title", rewritten((one) => ({ ...one, title: "Another" })), otherDefinition],
  [
    "another voter key",
    rewritten((one) => ({ ...one, keyFingerprint: "00".repeat(32) })),
    otherDefinition,
  ],
  [
    "another instance",
    rewritten((one) => ({ ...one, instance: "00".repeat(16) })),
    /wrong-place: election demo, partition 0, segment 0: it belongs to another inst/,
  ],
];

/** The same, of an election that is certified. */
export const rewrittenCertifiedCases: readonly TamperingCase[] = [
  ["another key for the host", rewritten((one) => ({ ...one, signers: [adminSigner] })), otherHead],
  [
    "another time of opening",
    rewritten((one) => ({ ...one, ...(one.openedAt && { openedAt: 3 }) })),
    otherHead,
  ],
];
