import { join } from "node:path";
import { open } from "lmdb";
import { describe, expect, it, onTestFinished } from "vitest";
import { rejectionReasons } from "../../../src/runtime/core/formats/decision.js";
import { ballotOf, frameOf } from "../../helpers/data/ballots.js";
import { certificateOf } from "../../helpers/data/certificate.js";
import { electionOf, encodeChain, honestChain } from "../../helpers/data/chains.js";
import { openTestEngine } from "../../helpers/data/election.js";
import { temporaryDirectory } from "../../helpers/temporary.js";

/** Reads a data directory by docs/formats.md, with nothing of the adapters. */
function entriesOf(dataDir: string, environment: string, name?: string) {
  const encodings = { keyEncoding: "binary", encoding: "binary" } as const;
  const root = open<Buffer, Buffer>({ path: join(dataDir, environment), ...encodings });
  onTestFinished(() => root.close());
  const table = name === undefined ? root : root.openDB<Buffer, Buffer>({ name, ...encodings });
  return [...table.getRange()].map(({ key, value }) => [key.toString("hex"), Buffer.from(value)]);
}

const hex = (text: string) => Buffer.from(text, "latin1").toString("hex");
/** election, zero, partition u32 big-endian, number u48 big-endian */
const placeKey = (election: string, partition: string, number = "") =>
  `${hex(election)}00${partition}${number}`;

describe("the embedded engine's storage, as docs/formats.md has it", () => {
  it("frames by position without gaps, and each partition's next position", async () => {
    const dataDir = await temporaryDirectory();
    const { log } = await openTestEngine(dataDir);
    const send = (partition: number, ballot: number) => ({
      election: "demo",
      partition,
      bytes: frameOf("demo", partition, [ballotOf(ballot, ballot)], ballot),
    });
    const sent = [send(0, 1), send(258, 2), send(0, 3)];
    expect(await log.append(sent)).toEqual([0, 0, 1]);
    expect(await log.append([send(0, 4)])).toEqual([2]);
    expect(entriesOf(dataDir, "log", "frames")).toEqual([
      [placeKey("demo", "00000000", "000000000000"), sent[0].bytes],
      [placeKey("demo", "00000000", "000000000001"), sent[2].bytes],
      [placeKey("demo", "00000000", "000000000002"), send(0, 4).bytes],
      [placeKey("demo", "00000102", "000000000000"), sent[1].bytes],
    ]);
    expect(entriesOf(dataDir, "log", "ends")).toEqual([
      [placeKey("demo", "00000000"), Buffer.from("000000000003", "hex")],
      [placeKey("demo", "00000102"), Buffer.from("000000000001", "hex")],
    ]);
  });

  it("segments by sequence, elections and certificates as JSON", async () => {
    const dataDir = await temporaryDirectory();
    const { ledger, registry } = await openTestEngine(dataDir);
    const segments = encodeChain(honestChain("demo", 3, 2, [[], []]));
    for (const [sequence, bytes] of segments.entries()) {
      await ledger.append({ election: "demo", partition: 3, sequence }, bytes);
    }
    expect(entriesOf(dataDir, "ledger", "segments")).toEqual([
      [placeKey("demo", "00000003", "000000000000"), segments[0]],
      [placeKey("demo", "00000003", "000000000001"), segments[1]],
    ]);
    const election = electionOf("demo", 2, 4);
    await registry.create(election);
    const [[key, value]] = entriesOf(dataDir, "ledger", "elections");
    expect([key, JSON.parse(value.toString())]).toEqual([hex("demo"), election]);
    const certificate = await certificateOf(election, [1, 0]);
    await registry.putCertificate(certificate);
    const [[name, content]] = entriesOf(dataDir, "ledger", "certificates");
    expect([name, JSON.parse(content.toString())]).toEqual([hex("demo"), certificate]);
  });

  it("a partition's figures as JSON", async () => {
    const dataDir = await temporaryDirectory();
    const { view } = await openTestEngine(dataDir);
    const figures = {
      partition: 3,
      sequence: 7,
      position: 9,
      counts: [1, 2],
      rejections: rejectionReasons.map(() => 0),
      retriesAbsorbed: 4,
      sealed: false,
    };
    await view.set("demo", figures);
    expect(
      entriesOf(dataDir, "view").map(([key, value]) => [
        Buffer.from(String(key), "hex").toString("latin1"),
        JSON.parse(value.toString()),
      ]),
    ).toEqual([["demo/partition/00003", figures]]);
  });
});
