import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { proveLeaf } from "../../../src/runtime/audit/tlog/prove-leaf.js";
import { publishLog } from "../../../src/runtime/audit/tlog/publish-log.js";
import { PublishedLog, publishedKeys } from "../../../src/runtime/audit/tlog/published-log.js";
import type { Ballot } from "../../../src/runtime/core/formats/ballot.js";
import { leafHash, MerkleTree, rootOfPath } from "../../../src/runtime/core/formats/merkle.js";
import { readReceipt } from "../../../src/runtime/core/formats/receipt.js";
import { encodeCheckpoint } from "../../../src/runtime/core/tlog/checkpoint.js";
import { entriesOf, tilePath } from "../../../src/runtime/core/tlog/tile.js";
import { type TileFile, TileWriter } from "../../../src/runtime/core/tlog/tile-writer.js";
import { signNote } from "../../../src/runtime/keys/note-signature.js";
import { certify } from "../../../src/runtime/recount/certificate/certify.js";
import { recountElection } from "../../../src/runtime/recount/recount.js";
import { startTally } from "../../../src/runtime/tally/tally.js";
import { type Engine, openEngine } from "../../../src/runtime/wiring/engine.js";
import { closeAndSeal } from "../../helpers/audit.js";
import { ballotOf } from "../../helpers/data/ballots.js";
import { openTestElection } from "../../helpers/data/election.js";
import { promisedFrame } from "../../helpers/data/receipts.js";

const id = "published";
/** More than a tile holds in partition 0; in partition 1 one voter with too many ballots. */
const ballots: readonly (readonly Ballot[])[] = [
  Array.from({ length: 300 }, (_, n) => ballotOf(2 * n, 2 * n, n % 3)),
  [
    ...Array.from({ length: 5 }, (_, n) => ballotOf(2 * n + 1, 2 * n + 1, 1)),
    ...Array.from({ length: 20 }, (_, n) => ballotOf(1, 1_001 + 2 * n, 0)),
  ],
];
/** 300, and 5 counted with the 16 rejected ones that are kept. */
const leaves = 321;

let engine: Engine;
let root: string;
let base: string;
let frames: ReturnType<typeof promisedFrame>[];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "vote-tlog-"));
  engine = await openEngine({ engine: "embedded", dataDir: join(root, "data") });
  const election = await openTestElection(engine, id, 2);
  frames = ballots.map((some, partition) => promisedFrame(election, partition, some));
  await engine.log.append(
    frames.map(({ bytes }, partition) => ({ election: id, partition, bytes })),
  );
  const tally = await startTally(engine);
  await closeAndSeal(engine, election);
  await tally.stop();
  await expect(publish("too-early")).rejects.toMatchObject({ code: "not-sealed" });
  const report = await recountElection({ election: id, ...engine, from: "log" });
  await certify({ ...engine, report, now: 1_700_000_999_999 });
  base = join(root, "log");
  expect(await publish("log")).toMatchObject({ election: id, size: leaves });
}, 60_000);

afterAll(async () => {
  await engine.close();
  await rm(root, { recursive: true });
});

const publish = (name: string, ledger = engine.ledger) =>
  publishLog({ ...engine, ledger, election: id, directory: join(root, name) });

let copies = 0;
async function copyOfBase(): Promise<string> {
  const copy = join(root, `copy-${++copies}`);
  await cp(base, copy, { recursive: true });
  return copy;
}

async function openLog(directory: string): Promise<PublishedLog> {
  const [election] = (await publishedKeys(base)).elections;
  return PublishedLog.open(directory, election);
}

async function prove(directory: string, partition: number, index: number, position = 0) {
  const receipt = readReceipt(frames[partition].receipt(index, position));
  return proveLeaf(receipt, await openLog(directory));
}

/** Every leaf, as any program that knows the format reads it. */
async function leavesIn(directory: string): Promise<Buffer[]> {
  const bundles = ["tile/entries/000", "tile/entries/001.p/65"].map(async (name) =>
    entriesOf(await readFile(join(directory, name))),
  );
  return (await Promise.all(bundles)).flatMap((entries) => entries ?? []);
}

describe("a published log", () => {
  it("has a leaf for each decision, in the order of the partitions", async () => {
    const all = await leavesIn(base);
    expect(all).toHaveLength(leaves);
    expect(all.map((leaf) => leaf.readUInt16LE(2))).toEqual([
      ...Array(300).fill(0),
      ...Array(21).fill(1),
    ]);
    expect(all.slice(300).map((leaf) => leaf[1])).toEqual([
      ...Array(5).fill(0),
      ...Array(16).fill(1),
    ]);
    const hashes = Buffer.concat(all.map(leafHash));
    expect((await openLog(base)).checkpoint.root).toEqual(new MerkleTree(hashes).root);
    const entries = await readdir(base, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    expect(
      files.map(({ parentPath, name }) => join(parentPath, name).slice(base.length + 1)).sort(),
    ).toEqual([
      "certificate.json",
      "checkpoint",
      "tile/0/000",
      "tile/0/001.p/65",
      "tile/1/000.p/1",
      "tile/entries/000",
      "tile/entries/001.p/65",
      "vote-keys.json",
    ]);
  });

  it("is the same a second time, and is not written over another", async () => {
    await publish("again");
    for (const name of ["checkpoint", "tile/0/000", "tile/entries/001.p/65"]) {
      expect(await readFile(join(root, "again", name))).toEqual(await readFile(join(base, name)));
    }
    await expect(publish("again")).rejects.toMatchObject({ code: "invalid-usage" });
  });

  it("is not made of other segments than the certified ones", async () => {
    const { ledger } = engine;
    async function* none() {}
    const cut = Object.assign(Object.create(ledger), { read: none });
    await expect(publish("cut", cut)).rejects.toMatchObject({
      code: "corrupt-segment",
      message: expect.stringMatching(/^Partition 0 .* has 0 segments; segment \d+ was certified/),
    });
    const read = (election: string, partition: number, from: number) =>
      ledger.read(election, 1 - partition, from);
    const swapped = Object.assign(Object.create(ledger), { read });
    await expect(publish("swapped", swapped)).rejects.toMatchObject({ code: "corrupt-segment" });
    await expect(readFile(join(root, "swapped", "checkpoint"))).rejects.toThrow();
  });
});

async function electionNow() {
  const election = await engine.registry.get(id);
  if (election === undefined) throw new Error("the election is gone");
  return election;
}

describe("a receipt's proof", () => {
  it("leads from the ballot's leaf to the root, of each kind of decision", async () => {
    const all = await leavesIn(base);
    const places = [
      [0, 0, 0, "counted"],
      [0, 255, 255, "counted"],
      [0, 299, 299, "counted"],
      [1, 0, 300, "counted"],
      [1, 5, 305, "already-voted"],
      [1, 20, 320, "already-voted"],
    ] as const;
    for (const [partition, place, index, decision] of places) {
      const proof = await prove(base, partition, place);
      expect(proof).toMatchObject({ outcome: "leaf", index, decision, size: leaves });
      const path = Buffer.from((proof.path ?? []).join(""), "hex");
      const reached = rootOfPath(leafHash(all[index]), index, leaves, path);
      expect(reached?.toString("hex")).toBe(proof.root);
    }
  });

  it("says why there is no leaf where none has to be", async () => {
    expect(await prove(base, 1, 21)).toMatchObject({ outcome: "not-kept" });
    const late = promisedFrame(await electionNow(), 0, [ballotOf(5_000, 5_000)]);
    const receipt = readReceipt(late.receipt(0, 1_000));
    expect(await proveLeaf(receipt, await openLog(base))).toMatchObject({ outcome: "late" });
  });

  it("finds a ballot that has a receipt and no leaf, or another choice", async () => {
    const log = await openLog(base);
    const lost = promisedFrame(await electionNow(), 0, [ballotOf(5_000, 5_000), ballotOf(0, 0, 2)]);
    await expect(proveLeaf(readReceipt(lost.receipt(0)), log)).rejects.toMatchObject({
      code: "corrupt-tlog",
      message: expect.stringContaining("is not among the leaves 0 to before 300"),
    });
    await expect(proveLeaf(readReceipt(lost.receipt(1)), log)).rejects.toMatchObject({
      code: "corrupt-tlog",
      message: expect.stringMatching(/^Leaf 0 has ballot .* with another choice/),
    });
  });

  it("finds the ballot gone from a whole log that the operator has signed anew", async () => {
    const copy = await copyOfBase();
    const rest = (await leavesIn(base)).filter((_, index) => index !== 7);
    const writer = new TileWriter();
    const write = async (files: readonly TileFile[]) => {
      for (const { place, bytes } of files) {
        const path = join(copy, tilePath(place));
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, bytes);
      }
    };
    for (const leaf of rest) await write(writer.add(leaf));
    await write(writer.partial());
    const { origin } = (await openLog(base)).checkpoint;
    const text = encodeCheckpoint({ origin, size: writer.size, root: writer.root });
    const key = await engine.keys.signingKey("admin");
    await writeFile(join(copy, "checkpoint"), await signNote(text, origin, key));
    expect(await prove(copy, 0, 6)).toMatchObject({ outcome: "leaf", index: 6 });
    await expect(prove(copy, 0, 7)).rejects.toMatchObject({
      code: "corrupt-tlog",
      message: expect.stringContaining("has a receipt and no leaf"),
    });
  });

  it("refuses each changed, cut or missing file with its place", async () => {
    const cases: [file: string, byte: number | "cut" | "gone", message: RegExp][] = [
      ["checkpoint", 80, /checkpoint (has a signature|is no signed note|is not signed)/],
      ["checkpoint", "gone", /checkpoint .*cannot be read/],
      ["certificate.json", 60, /certificate/],
      ["tile/entries/000", 100, /tile\/entries\/000 .*leaf 2 is not the one/],
      ["tile/entries/000", "cut", /tile\/entries\/000 .*has not 256 entries/],
      ["tile/entries/000", "gone", /tile\/entries\/000 .*cannot be read/],
      ["tile/0/000", 40, /tile\/0\/000 .*do not lead to hash 0 of level 1/],
      ["tile/0/000", "cut", /tile\/0\/000 .*8191 bytes instead of 8192/],
      ["tile/0/001.p/65", 40, /checkpoint .*not that of tile\/0\/001.p\/65, tile\/1\/000.p\/1/],
      ["tile/1/000.p/1", 0, /checkpoint .*not that of/],
      ["tile/1/000.p/1", "gone", /tile\/1\/000.p\/1 .*cannot be read/],
    ];
    for (const [file, change, message] of cases) {
      const copy = await copyOfBase();
      const path = join(copy, file);
      const bytes = await readFile(path);
      if (change === "gone") await rm(path);
      else if (change === "cut") await writeFile(path, bytes.subarray(0, -1));
      else {
        bytes[change] ^= 1;
        await writeFile(path, bytes);
      }
      await expect(prove(copy, 0, 3), file).rejects.toMatchObject({
        code: expect.stringMatching(/^corrupt-(tlog|registry)$/),
        message: expect.stringMatching(message),
      });
    }
  });
});
