import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Arena, openArena } from "../../helpers/attack/arena.js";
import { asksAgain, type Harm, type Size } from "../../helpers/attack/attack.js";
import { corpus } from "../../helpers/attack/corpus.js";
import { type HonestOutcome, HonestVoters } from "../../helpers/attack/honest.js";
import { later, type Places } from "../../helpers/attack/places.js";
import { choices } from "../../helpers/attack/site.js";

// `npx tsx test/measure/attacks.ts` does the same with the full figures.
const size: Size = {
  ...{ connections: 100, pipelining: 20, batchBodies: 8, atOnce: 50, ballotIds: 3_000 },
  ...{ addresses: 40, perSecond: 100, workers: 8, requests: 40 },
};
const perAddress = 60;
const limits = [
  ...["--max-connections-per-address", String(perAddress)],
  ...["--max-rps-per-address", "50"],
];
const honest = { ballots: 20, perSecond: 20 };
/** A role takes some 150 MB when idle. */
const maxMegabytes = 600;

describe("beside honest voters", () => {
  let dataDir: string;
  let arena: Arena;
  let voters: HonestVoters;
  let places: Places = {};
  let attackers = 0;
  let acknowledged = 0;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "vote-attack-"));
    arena = await openArena({ dataDir, ingestArgs: limits });
    voters = new HonestVoters(arena.site);
  });
  afterAll(async () => {
    await arena?.stop();
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });

  const named = corpus.map((one) => [one.name, one] as const);
  it.each(named)(
    "%s: honest ballots are acknowledged, memory is bounded",
    async (_, one) => {
      const assault = await one.begin(arena.site, size);
      let during: HonestOutcome;
      let harm: Harm;
      try {
        during = await voters.vote(honest.ballots, honest.perSecond);
      } finally {
        harm = await assault.end();
      }
      const after = await voters.vote(1, 1);
      expect([during.acknowledged, after.acknowledged]).toEqual([honest.ballots, 1]);
      acknowledged += during.acknowledged + after.acknowledged;
      attackers += harm.voters;
      places = [during, after, harm].reduce((all, one) => later(all, one.places), places);
      const [first] = one.answers;
      expect(harm.answers[first]).toBeGreaterThan(0);
      if (one.ofOneAddress) {
        expect(harm.answers.held).toBeLessThanOrEqual(perAddress);
        expect(harm.answers.cut).toBeGreaterThan(0);
      }
      const allowed = (code: string) => one.answers.includes(code) || asksAgain(code);
      expect(Object.keys(harm.answers).filter((code) => !allowed(code))).toEqual([]);
      for (const megabytes of Object.values(arena.peaks())) {
        expect(megabytes).toBeLessThan(maxMegabytes);
      }
    },
    240_000,
  );

  it("counts each honest ballot, each attacker with a token once, and nothing forged", async () => {
    expect(acknowledged).toBe(corpus.length * (honest.ballots + 1));
    expect(attackers).toBeGreaterThan(60);
    expect(await arena.votes(places)).toEqual({
      [choices.honest]: acknowledged,
      [choices.attacker]: attackers,
      [choices.forger]: 0,
    });
  }, 240_000);
});
