import { signCertificate } from "../../../src/runtime/keys/certificate-signature.js";
import type { SigningKey } from "../../../src/runtime/keys/signing.js";
import { adminKey } from "../data/certificate.js";
import type { Tampered, Tampering, TamperingCase } from "./tampered.js";

/** By field: another value, and how a recount says what it should be; unless nobody can know. */
export const certificateFields: readonly [
  field: string,
  value: (data: Tampered) => unknown,
  place: RegExp | undefined,
][] = [
  ["version", () => 1, /certificate of election demo is damaged: version is 1/],
  ["election", () => "other", /certificate of election demo is damaged: election is "other"/],
  [
    "result",
    ({ certificate }) => certificate.result.with(1, { candidate: "c1", votes: 99 }),
    /the certificate's result\[1\]\.votes is 99, the recount makes it 2/,
  ],
  [
    "result",
    ({ certificate }) => certificate.result.slice(1),
    /the certificate's result\[2\] is missing, the recount makes it/,
  ],
  [
    "result",
    ({ certificate }) => certificate.result.toReversed(),
    /the certificate's result\[0\]\.candidate is "c2", the recount makes it "c0"/,
  ],
  ["counted", () => 11, /the certificate's counted is 11, the recount makes it 10/],
  [
    "rejected",
    ({ certificate }) => ({ ...certificate.rejected, "already-voted": 1 }),
    /the certificate's rejected\.already-voted is 1, the recount makes it 2/,
  ],
  ["rejected", () => ({}), /rejected\.already-voted is missing, the recount makes it 2/],
  [
    "rejected",
    ({ certificate }) => ({ ...certificate.rejected, "election-closed": 1 }),
    /rejected\.election-closed is 1, the recount makes it missing/,
  ],
  ["refusedCount", () => 1, /the certificate's refusedCount is 1, the recount makes it 0/],
  [
    "refused",
    () => [{ partition: 0, position: 1, reason: "unknown-key", hash: "ab" }],
    /the certificate's refused\[0\] is \{.*\}, the recount makes it missing/,
  ],
  [
    "voided",
    () => [{ partition: 0, position: 1, hash: "ab", reason: "The disk lost it." }],
    /the certificate's voided\[0\] is \{.*\}, the recount makes it missing/,
  ],
  ...(["partition", "sequence", "logEnd"] as const).map(
    (name): [string, (data: Tampered) => unknown, RegExp] => [
      "partitions",
      ({ certificate: { partitions } }) => partitions.with(0, { ...partitions[0], [name]: 7 }),
      new RegExp(`the certificate's partitions\\[0\\]\\.${name} is 7, the recount makes it \\d`),
    ],
  ),
  [
    "partitions",
    ({ certificate: { partitions } }) => partitions.with(1, { ...partitions[1], hash: "ab" }),
    /the certificate's partitions\[1\]\.hash is "ab", the recount makes it/,
  ],
  ["partitions", () => [], /the certificate's partitions\[0\] is missing, the recount makes it/],
  ["digest", () => "ab", /the certificate's digest is "ab", the recount makes it/],
  ["trailHead", () => "ab", /trailHead ab is the hash of no change that left the election closed/],
  ["verified", () => ["ledger"], /certificate of election demo is damaged: verified/],
  ["verifiedBy", () => ({ program: "vote", version: "0" }), undefined],
  ["certifiedAt", () => 7, /the certificate says \{"certifiedAt":7,.* the trail \{"certifiedAt"/],
  ["certifiedBy", () => "eve", /the certificate says .*"eve"\}, the trail .*"ada"\}/],
  ["note", () => "more", /certificate of election demo is damaged: note is not known/],
];

/** A field changed as whoever can write to the registry can. */
export const alteredField =
  (field: string, value: (data: Tampered) => unknown): Tampering =>
  (data) =>
    data.setCertificate({ ...data.certificate, [field]: value(data) });

/** How a recount names it. */
export const alteredPlace =
  /signature does not fit its content|certificate of election demo is damaged/;

/** A field changed as whoever holds the key that has signed it can. */
export const signedField =
  (field: string, value: (data: Tampered) => unknown, key: SigningKey): Tampering =>
  async (data) => {
    const forged = { ...data.certificate, [field]: value(data) };
    data.setCertificate(await signCertificate(forged, key));
  };

/** Others in its place, or none. */
export const certificateCases: readonly TamperingCase[] = [
  [
    "a stranger's signature",
    async (data) => data.setCertificate(await signCertificate(data.certificate, adminKey)),
    /it is signed with the key \w{16}, which the election does not trust/,
  ],
  [
    "a stranger's signature under the host's key id",
    async (data) =>
      data.setCertificate({
        ...(await signCertificate(data.certificate, adminKey)),
        keyId: data.certificate.keyId,
      }),
    /its signature does not fit its content/,
  ],
  [
    "no signature",
    (data) => data.setCertificate({ ...data.certificate, signature: "" }),
    /its signature does not fit its content/,
  ],
  [
    "none, though the election is certified",
    (data) => data.setCertificate(undefined),
    /certificate-missing: election demo, change 5: the election was certified by this change/,
  ],
  [
    "none, and a changed ledger",
    (data) => {
      data.setCertificate(undefined);
      data.rechain(0, (chain) => chain.toSpliced(3, 1));
    },
    /certificate-missing: election demo, change 5/,
  ],
];

/** A ledger that the certificate does not fit. */
export const heldAgainstCases: readonly TamperingCase[] = [
  [
    "the last segment dropped",
    (data) => data.setSegment(0, 3),
    /the certificate's partitions\[0\].* is .*, the recount makes it/,
  ],
  [
    "the whole ledger emptied",
    (data) => {
      for (const partition of [0, 1]) {
        for (let n = 0; n < 4; n++) data.setSegment(partition, n);
      }
    },
    /the certificate's counted is 10, the recount makes it 0/,
  ],
];
