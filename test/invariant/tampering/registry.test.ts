import { describe, expect, it } from "vitest";
import type { Election } from "../../../src/runtime/core/election.js";
import type { VoteError } from "../../../src/runtime/core/errors.js";
import { adminSigner } from "../../helpers/data/certificate.js";
import {
  damaged,
  honestElections,
  servedFrom,
  type Tampering,
} from "../../helpers/tampering/verdict.js";

const honest = honestElections();

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

describe("the registry, of an election that is certified", () => {
  it.each<[string, Tampering, RegExp]>([
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
    ["an earlier state", (data) => data.setRecord(data.trail[3].election), /change 5: the elect/],
  ])("%s", async (_, tamper, place) => {
    const dataDir = await damaged(honest().certified, tamper, place);
    if (/certificate says/.test(place.source)) return;
    // Without its record, an election is not there for anybody else; set back, it is not official.
    const isShown = await servedFrom(dataDir).then(
      ({ result }) => result.official,
      ({ exitCode }: VoteError) => exitCode,
    );
    expect([false, 2, 3]).toContain(isShown);
  });
});

describe("a trail that is written anew, with hashes that fit", () => {
  it.each<[string, (election: Election) => Election]>([
    ["swapped candidates", (one) => ({ ...one, candidates: one.candidates.toReversed() })],
    [
      "renamed candidates",
      (one) => ({
        ...one,
        candidates: one.candidates.map(({ id }) => ({ id, name: `Not ${id}` })),
      }),
    ],
    ["another title", (one) => ({ ...one, title: "Another" })],
    ["another voter key", (one) => ({ ...one, keyFingerprint: "00".repeat(32) })],
  ])("defines another election by %s: its segments say so", async (_, forge) => {
    const place = /wrong-definition: election demo, partition 0, segment 0: made by another def/;
    await damaged(honest().sealed, (data) => data.rewriteTrail(forge), place);
  });

  it("is another instance by its random bytes", async () => {
    const instance = "00".repeat(16);
    const place = /wrong-place: election demo, partition 0, segment 0: it belongs to another inst/;
    const forge = (one: Election) => ({ ...one, instance });
    await damaged(honest().sealed, (data) => data.rewriteTrail(forge), place);
  });

  it.each<[string, (election: Election) => Election]>([
    ["another key for the host", (one) => ({ ...one, signers: [adminSigner] })],
    ["another time of opening", (one) => ({ ...one, ...(one.openedAt && { openedAt: 3 }) })],
  ])("does not fit the certificate by %s", async (_, forge) => {
    const place = /is the hash of no change that left the election closed|does not trust/;
    await damaged(honest().certified, (data) => data.rewriteTrail(forge), place);
  });
});
