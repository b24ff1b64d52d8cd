import { describe, expect, it, onTestFinished } from "vitest";
import { withStatus } from "../../../src/runtime/core/election.js";
import { VoteError } from "../../../src/runtime/core/errors.js";
import { closeElection } from "../../../src/runtime/elections/closing.js";
import { openKeyDirectory } from "../../../src/runtime/keys/key-directory.js";
import { certify } from "../../../src/runtime/recount/certificate/certify.js";
import { startCertifier } from "../../../src/runtime/recount/certifier/certifier.js";
import { certifyOnce } from "../../../src/runtime/recount/certifier/certify-once.js";
import { recountElection } from "../../../src/runtime/recount/recount.js";
import { startTally } from "../../../src/runtime/tally/tally.js";
import { systemChance } from "../../../src/runtime/time/chance.js";
import type { Engine } from "../../../src/runtime/wiring/engine.js";
import { ballotOf, frameOf } from "../../helpers/data/ballots.js";
import { openTestElection, openTestEngine } from "../../helpers/data/election.js";
import { sealedElection, sealedResult } from "../../helpers/data/sealed-election.js";
import { passedThrough } from "../../helpers/passed-through.js";
import { eventually, temporaryDirectory } from "../../helpers/temporary.js";
import { SkippingClock, SteppedClock } from "../../helpers/test-clock.js";

const never = () => new Promise<never>(() => undefined);

/** A certifier on handles of its own, as a process has them, with what it tells. */
function certifierOver(engine: Engine, clock: SteppedClock, only?: string) {
  const told: string[] = [];
  const mismatches: VoteError[] = [];
  const certifier = startCertifier({
    ...engine,
    clock,
    chance: systemChance,
    only,
    events: {
      progress: ({ election, partitions }) => told.push(`recounting ${election} of ${partitions}`),
      certified: (election, _digest, compared) => told.push(`certified ${election}, ${compared}`),
      mismatch: (election, error) => {
        told.push(`mismatch ${election}`);
        mismatches.push(error);
      },
      disputeNotStored: (election) => told.push(`dispute of ${election} not stored`),
      trouble: (election, error) => told.push(`trouble ${election}: ${(error as VoteError).code}`),
    },
  });
  return { certifier, told, mismatches };
}

const announcements = new Set<Promise<void>>();

/** A view whose announcements the test's time waits for. */
const announcing = ({ view }: Engine) =>
  passedThrough(view, {
    setRecounting(election, at) {
      const said = view.setRecounting(election, at).finally(() => announcements.delete(said));
      announcements.add(said);
      return said;
    },
  });

/** Lets time pass, a second a turn, until the condition holds. */
async function passUntil(
  what: string,
  clock: SteppedClock,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  await eventually(what, async () => {
    if (await condition()) return true;
    clock.moveTo(clock.now() + 1_000);
    await Promise.all(announcements);
    return false;
  });
}

const isTrouble = (one: string) => /^(trouble|mismatch)/.test(one);
const statusOf = async ({ registry }: Engine, id = "demo") => (await registry.get(id))?.status;

async function sealed(ids: readonly string[] = ["demo"]) {
  const dataDir = await temporaryDirectory();
  const engine = await openTestEngine(dataDir);
  for (const id of ids) await sealedElection(engine, id);
  return { dataDir, engine, clock: new SteppedClock(Date.now()) };
}

/** Shows one vote more for a candidate than were cast, in partition 1. */
async function wrongLiveCount({ view }: Engine, id: string): Promise<void> {
  const shown = (await view.get(id)).partitions.find(({ partition }) => partition === 1);
  if (shown === undefined) throw new Error("the view shows nothing");
  const counts = shown.counts.map((votes, index) => (index === 0 ? votes + 1 : votes));
  await view.replace(id, { ...shown, counts });
}

describe("a certifier", () => {
  it("makes what closes official by itself, once the seals are there", async () => {
    const { engine, clock } = await sealed();
    const open = await openTestElection(engine, "open", 1);
    const unsealed = await openTestElection(engine, "unsealed", 1);
    await engine.registry.replace(withStatus(unsealed, "closed", 3));
    const { certifier, told } = certifierOver(engine, clock);
    onTestFinished(() => certifier.stop());
    await passUntil("official", clock, async () => (await statusOf(engine)) === "certified");
    await passUntil("told", clock, () => certifier.metrics().certified === 1);
    expect(await engine.registry.getCertificate("demo")).toMatchObject({
      result: sealedResult,
      certifiedBy: "certifier",
      verified: ["ledger", "log"],
    });
    expect(told).toContain("certified demo, 2");
    await passUntil("demo is done", clock, () => certifier.metrics().elections.length === 1);
    expect(certifier.metrics().elections).toMatchObject([{ election: "unsealed", partitions: 1 }]);
    expect(await statusOf(engine, "unsealed")).toBe("closed");
    expect(await statusOf(engine, open.id)).toBe("open");
  });

  it("waits for seals that come late, and then needs nobody", async () => {
    const { engine, clock } = await sealed(["first"]);
    const late = await openTestElection(engine, "demo", 2);
    const { certifier, told } = certifierOver(engine, clock);
    onTestFinished(() => certifier.stop());
    await closeElection(engine, late.id, { clock: new SkippingClock() });
    // It has looked for what keeps the seals away, found nothing, and waits on.
    await passUntil("no seals", clock, () => told.includes("trouble demo: not-sealed"));
    expect(await engine.registry.getCertificate("demo")).toBeUndefined();
    const tally = await startTally(engine);
    onTestFinished(() => tally.stop());
    await passUntil("official", clock, async () => (await statusOf(engine)) === "certified");
    expect(await statusOf(engine, "first")).toBe("certified");
  });

  it.each(["before it begins", "while it recounts"])(
    "waits for a tally to decide what lands behind the seal %s: that is no dispute",
    async (when) => {
      const { engine, clock } = await sealed();
      const bytes = frameOf("demo", 1, [ballotOf(15, 17, 0)], 4);
      const late = () => engine.log.append([{ election: "demo", partition: 1, bytes }]);
      if (when === "before it begins") await late();
      let chainsRead = 0;
      const ledger = passedThrough(engine.ledger, {
        async *read(election: string, partition: number, from: number) {
          yield* engine.ledger.read(election, partition, from);
          if (when === "while it recounts" && partition === 1 && chainsRead++ === 0) await late();
        },
      });
      const { certifier, told, mismatches } = certifierOver({ ...engine, ledger }, clock);
      onTestFinished(() => certifier.stop());
      await passUntil("trouble", clock, () => told.some(isTrouble));
      expect(told.filter(isTrouble)).toEqual(["trouble demo: not-sealed"]);
      const tally = await startTally(engine);
      onTestFinished(() => tally.stop());
      await passUntil("official", clock, async () => (await statusOf(engine)) === "certified");
      expect(mismatches).toEqual([]);
      expect(await engine.registry.getDispute("demo")).toBeUndefined();
    },
  );

  it("stops at what does not agree, naming the first wrong place, for that one only", async () => {
    const { engine, clock } = await sealed(["demo", "other"]);
    await wrongLiveCount(engine, "demo");
    const { certifier, told, mismatches } = certifierOver(engine, clock);
    onTestFinished(() => certifier.stop());
    await passUntil("both", clock, async () => {
      return mismatches.length > 0 && (await statusOf(engine, "other")) === "certified";
    });
    await passUntil("the other is done", clock, () => certifier.metrics().elections.length === 1);
    const place = "election demo, partition 1, segment 3";
    expect(mismatches[0].exitCode).toBe(3);
    expect(mismatches[0].message).toBe(
      `${place}: the live count has 4 votes for c0, the recount 3.`,
    );
    expect(certifier.metrics()).toMatchObject({
      elections: [{ election: "demo", state: "stopped", detail: mismatches[0].message }],
      mismatches: 1,
    });
    expect(await engine.registry.getDispute("demo")).toEqual({
      ...{ election: "demo", revision: 4, by: "certifier", at: expect.any(Number) },
      ...{ finding: "live-count", partition: 1, segment: 3, detail: mismatches[0].message },
    });
    const toldThen = [...told];
    const later = clock.now() + 120_000;
    await passUntil("two minutes", clock, () => clock.now() > later);
    // It does not try again by itself.
    expect(told.filter((one) => one.includes("demo"))).toEqual(
      toldThen.filter((one) => one.includes("demo")),
    );
    expect(await engine.registry.getCertificate("demo")).toBeUndefined();
    // A person decides: the recount's figures are certified, and the certifier lets go.
    const report = await recountElection({ ...engine, election: "demo", from: "log" });
    await certify({ ...engine, report, now: clock.wallClock(), by: "ada" });
    await passUntil("let go", clock, () => certifier.metrics().elections.length === 0);
  });

  it("stops at damage in the ledger, with the place", async () => {
    const { engine, clock } = await sealed();
    const ledger = passedThrough(engine.ledger, {
      async *read(election: string, partition: number, from: number) {
        for await (const bytes of engine.ledger.read(election, partition, from)) {
          const copy = Buffer.from(bytes);
          if (partition === 1) copy[copy.length - 40] ^= 1;
          yield copy;
        }
      },
    });
    const { certifier, mismatches } = certifierOver({ ...engine, ledger }, clock);
    onTestFinished(() => certifier.stop());
    await passUntil("a mismatch", clock, () => mismatches.length > 0);
    expect(mismatches[0].message).toBe(
      "corrupt-segment: election demo, partition 1, segment 0: " +
        "the hash does not match the content; reading ends here.",
    );
    expect(await statusOf(engine)).toBe("closed");
    expect(await engine.registry.getDispute("demo")).toMatchObject({
      ...{ finding: "corrupt-segment", partition: 1, segment: 0 },
    });
  });

  it("tries again to say so in a registry that does not answer, and stops then", async () => {
    const { engine, clock } = await sealed();
    await wrongLiveCount(engine, "demo");
    const attempts: number[] = [];
    const registry = passedThrough(engine.registry, {
      putDispute(dispute) {
        attempts.push(clock.now());
        if (attempts.length > 2) return engine.registry.putDispute(dispute);
        return Promise.reject(new VoteError("ledger-unavailable", "planted"));
      },
    });
    const { certifier, mismatches } = certifierOver({ ...engine, registry }, clock);
    onTestFinished(() => certifier.stop());
    await passUntil("a mismatch", clock, () => mismatches.length > 0);
    expect(attempts).toHaveLength(3);
    expect(await engine.registry.getDispute("demo")).toMatchObject({ finding: "live-count" });
  });

  it("stops, and says so, where the registry never takes the dispute", async () => {
    const { engine, clock } = await sealed();
    await wrongLiveCount(engine, "demo");
    const registry = passedThrough(engine.registry, {
      putDispute: () => Promise.reject(new VoteError("ledger-unavailable", "planted")),
    });
    const { certifier, told, mismatches } = certifierOver({ ...engine, registry }, clock);
    onTestFinished(() => certifier.stop());
    await passUntil("a mismatch", clock, () => mismatches.length > 0);
    const ends = told.filter((one) => !one.startsWith("recounting"));
    expect(ends).toEqual(["dispute of demo not stored", "mismatch demo"]);
  });

  it("needs no view, which may be lost at any time", async () => {
    const { engine, clock } = await sealed();
    const lost = () => Promise.reject(new VoteError("view-unavailable", "planted"));
    const view = passedThrough(engine.view, { get: lost, setRecounting: lost });
    const { certifier, told } = certifierOver({ ...engine, view }, clock);
    onTestFinished(() => certifier.stop());
    await passUntil("official", clock, async () => (await statusOf(engine)) === "certified");
    await passUntil("told", clock, () => told.includes("certified demo, 0"));
  });

  it("reads nothing of an election that does not trust its key", async () => {
    const { engine, clock } = await sealed();
    const keys = openKeyDirectory(await temporaryDirectory());
    const ledger = passedThrough(engine.ledger, { read: () => expect.unreachable() });
    const { certifier, told } = certifierOver({ ...engine, keys, ledger }, clock);
    onTestFinished(() => certifier.stop());
    await passUntil("trouble", clock, () => told.includes("trouble demo: untrusted-key"));
    expect(certifier.metrics()).toMatchObject({ elections: [{ state: "failed" }], mismatches: 0 });
  });
});

describe("several certifiers", () => {
  it("leave it to the one that recounts, and issue one certificate", async () => {
    const { dataDir, clock } = await sealed();
    const engines = await Promise.all([1, 2, 3].map(() => openTestEngine(dataDir)));
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    let readers = 0;
    const start = (engine: Engine) => {
      const ledger = passedThrough(engine.ledger, {
        async *read(election: string, partition: number, from: number) {
          readers++;
          await gate;
          yield* engine.ledger.read(election, partition, from);
        },
      });
      return certifierOver({ ...engine, ledger, view: announcing(engine) }, clock);
    };
    const first = start(engines[0]);
    await passUntil("it recounts", clock, () => readers === 1);
    const all = [first, start(engines[1]), start(engines[2])];
    onTestFinished(async () => {
      await Promise.all(all.map(({ certifier }) => certifier.stop()));
    });
    const states = () => all.map(({ certifier }) => certifier.metrics().elections[0]?.state);
    const expected = ["recounting", "elsewhere", "elsewhere"].join();
    await passUntil("the others leave it", clock, () => states().join() === expected);
    // Longer than a recount may be silent: it says again and again that it is running.
    const later = clock.now() + 60_000;
    await passUntil("a minute", clock, () => clock.now() > later);
    expect(readers).toBe(1);
    go();
    await passUntil("official", clock, () => states().every((state) => state === undefined));
    expect(all.map(({ certifier }) => certifier.metrics().certified)).toEqual([1, 0, 0]);
    expect(all.flatMap(({ told }) => told).filter(isTrouble)).toEqual([]);
  });

  it("that both recount all the same agree on the first one's certificate", async () => {
    const { dataDir, clock } = await sealed();
    const engines = await Promise.all([1, 2].map(() => openTestEngine(dataDir)));
    // Neither hears of the other.
    const certifiers = engines.map((engine) => {
      const view = passedThrough(engine.view, { setRecounting: async () => undefined });
      return certifierOver({ ...engine, view }, clock);
    });
    onTestFinished(async () => {
      await Promise.all(certifiers.map(({ certifier }) => certifier.stop()));
    });
    await passUntil("both are done", clock, async () => {
      const left = certifiers.flatMap(({ certifier }) => certifier.metrics().elections);
      return left.length === 0 && (await statusOf(engines[0])) === "certified";
    });
    expect(certifiers.flatMap(({ told }) => told).filter(isTrouble)).toEqual([]);
    const again = await recountElection({ ...engines[0], election: "demo", from: "log" });
    expect(again).toMatchObject({ agrees: true, status: "certified" });
  });

  /** Its process is gone: its clock stands still, and what it waits for never comes. */
  it.each([
    [
      "while it recounts",
      (engine: Engine, killed: () => void): Partial<Engine> => ({
        ledger: passedThrough(engine.ledger, {
          async *read() {
            killed();
            yield await never();
          },
        }),
      }),
    ],
    [
      "before its certificate is stored",
      (engine: Engine, killed: () => void): Partial<Engine> => ({
        registry: passedThrough(engine.registry, {
          putCertificate() {
            killed();
            return never();
          },
        }),
      }),
    ],
    [
      "between the certificate and the election's status",
      (engine: Engine, killed: () => void): Partial<Engine> => ({
        registry: passedThrough(engine.registry, {
          replace() {
            killed();
            return never();
          },
        }),
      }),
    ],
  ])("take over from one that was killed %s", async (_when, killedAt) => {
    const { dataDir, engine, clock } = await sealed();
    const [dying, other] = await Promise.all([openTestEngine(dataDir), openTestEngine(dataDir)]);
    const itsClock = new SteppedClock(clock.wallClock());
    let isKilled = false;
    const killed = () => {
      isKilled = true;
    };
    certifierOver({ ...dying, ...killedAt(dying, killed) }, itsClock);
    await passUntil("killed", itsClock, () => isKilled);
    const before = await engine.registry.getCertificate("demo");
    clock.moveTo(itsClock.now());
    const second = certifierOver(other, clock);
    onTestFinished(() => second.certifier.stop());
    await passUntil("official", clock, async () => (await statusOf(engine)) === "certified");
    const certificate = await engine.registry.getCertificate("demo");
    expect(certificate).toMatchObject({ result: sealedResult });
    if (before !== undefined) expect(certificate).toEqual(before);
    expect(second.told.filter(isTrouble)).toEqual([]);
  });
});

describe("certifying once", () => {
  const world = (engine: Engine) => ({
    ...engine,
    clock: new SkippingClock(),
    chance: systemChance,
    signal: new AbortController().signal,
    sealsWithinMs: 1_000,
    watchOf: () => ({ step: () => undefined, partition: () => undefined }),
  });

  it("gives every closed election its certificate, or says why not", async () => {
    const { engine } = await sealed(["demo", "other", "wrong"]);
    await openTestElection(engine, "open", 1);
    const unsealed = await openTestElection(engine, "unsealed", 1);
    await engine.registry.replace(withStatus(unsealed, "closed", 3));
    await wrongLiveCount(engine, "wrong");
    const verdicts = await certifyOnce(world(engine));
    expect(verdicts).toMatchObject([
      { election: "demo", certificate: { result: sealedResult } },
      { election: "other", certificate: { result: sealedResult } },
      { election: "unsealed", error: { code: "not-sealed" } },
      { election: "wrong", error: { code: "recount-mismatch" } },
    ]);
    const again = await certifyOnce({ ...world(engine), only: "demo" });
    expect(again).toEqual([
      { election: "demo", certificate: verdicts[0].certificate, already: true },
    ]);
    const refused = (only: string) => certifyOnce({ ...world(engine), only });
    await expect(refused("open")).rejects.toMatchObject({ code: "election-not-closed" });
    await expect(refused("nobody")).rejects.toMatchObject({ code: "unknown-election" });
  });

  it("waits for another recount no longer than it is announced", async () => {
    const { engine } = await sealed();
    const options = world(engine);
    await engine.view.setRecounting("demo", options.clock.wallClock());
    const startedAt = options.clock.now();
    expect(await certifyOnce(options)).toMatchObject([{ certificate: { result: sealedResult } }]);
    expect(options.clock.now() - startedAt).toBeGreaterThan(15_000);
  });

  it("waits ten minutes at most for one that is announced for ever", async () => {
    const { engine } = await sealed();
    const options = world(engine);
    const recountingAt = () => options.clock.wallClock();
    const view = passedThrough(engine.view, {
      get: async (id: string) => ({ ...(await engine.view.get(id)), recountingAt: recountingAt() }),
    });
    const [verdict] = await certifyOnce({ ...options, view });
    expect(verdict).toMatchObject({ certificate: { result: sealedResult } });
  });
});
