import { expect, it } from "vitest";
import { createElection, withStatus } from "../../src/runtime/core/election.js";
import { trailFault } from "../../src/runtime/core/trail.js";
import type { Registry } from "../../src/runtime/registry/port.js";
import { certificateOf } from "../helpers/data/certificate.js";
import { identityOf } from "../helpers/data/identity.js";

export interface RegistrySite {
  /** Each call as another process would open it. */
  open(): Promise<Registry>;
  election(): string;
}

/** What every registry must do, whatever it is made of. */
export function registryContract(site: () => Promise<RegistrySite>): void {
  const draft = (id: string) =>
    createElection({
      id,
      title: "Contract",
      candidates: [{ id: "a", name: "A" }],
      partitions: 2,
      ...identityOf("unit"),
      createdAt: 1,
    });

  it("registers an election once and shows it to others", async () => {
    const { open, election: newElection } = await site();
    const [one, other] = [await open(), await open()];
    const election = draft(newElection());
    await one.create(election);
    await expect(other.create(election)).rejects.toMatchObject({ code: "election-exists" });
    expect(await other.get(election.id)).toEqual(election);
    expect((await other.list()).filter(({ id }) => id === election.id)).toEqual([election]);
  });

  it("replaces a record only on top of the revision it was made from", async () => {
    const { open, election: newElection } = await site();
    const registry = await open();
    const election = draft(newElection());
    await registry.create(election);
    const opened = withStatus(election, "open", 2);
    await registry.replace(opened);
    await expect(registry.replace(opened)).rejects.toMatchObject({ code: "election-changed" });
    expect(await registry.get(election.id)).toEqual(opened);
  });

  it("keeps every change, by whom and when, each with the hash of the last", async () => {
    const { open, election: newElection } = await site();
    const [one, other] = [await open(), await open()];
    const election = draft(newElection());
    expect(await one.trail(election.id)).toEqual([]);
    await one.create(election, { by: "ada", at: 1 });
    const opened = withStatus(election, "open", 2);
    await one.replace(opened, { by: "bob", at: 2 });
    await one.create(draft(`${election.id}-b`), { by: "eve", at: 3 });
    const trail = await other.trail(election.id);
    expect(trail.map(({ by, at }) => ({ by, at }))).toEqual([
      { by: "ada", at: 1 },
      { by: "bob", at: 2 },
    ]);
    expect(trail.map((change) => change.election)).toEqual([election, opened]);
    const history = await one.history(election.id);
    expect(history).toEqual({ record: opened, changes: trail });
    expect(trailFault(history)).toBeUndefined();
  });

  it("lets exactly one of many make a change, and the trail names that one", async () => {
    const { open, election: newElection } = await site();
    const registries = [await open(), await open(), await open()];
    const election = draft(newElection());
    await registries[0].create(election, { by: "ada", at: 1 });
    const opened = withStatus(election, "open", 2);
    const outcomes = await Promise.allSettled(
      registries.map((registry, number) => registry.replace(opened, { by: `${number}`, at: 2 })),
    );
    const winners = outcomes.flatMap(({ status }, number) =>
      status === "fulfilled" ? [String(number)] : [],
    );
    expect(winners).toHaveLength(1);
    const trail = await registries[0].trail(election.id);
    expect(trail.map(({ by }) => by)).toEqual(["ada", winners[0]]);
    expect(await registries[1].get(election.id)).toEqual(opened);
  });

  it("keeps an election's first certificate", async () => {
    const { open, election: newElection } = await site();
    const registry = await open();
    const first = await certificateOf(draft(newElection()), [3]);
    await registry.putCertificate(first);
    await registry.putCertificate({ ...first, counted: 4 });
    expect(await registry.getCertificate(first.election)).toEqual(first);
  });

  it("keeps the newest of an election's disputes, and shows it to others", async () => {
    const { open, election: newElection } = await site();
    const [one, other] = [await open(), await open()];
    const election = newElection();
    const what = { election, revision: 3, by: "certifier", detail: "planted" };
    const first = { ...what, at: 9, finding: "live-count", partition: 1, segment: 3 };
    const second = { ...what, at: 11, finding: "broken-trail", change: 2 };
    await one.putDispute(first);
    expect(await other.getDispute(election)).toEqual(first);
    await other.putDispute(second);
    await one.putDispute({ ...first, at: 10 });
    expect(await one.getDispute(election)).toEqual(second);
  });

  it("knows nothing of what is not there", async () => {
    const { open, election: newElection } = await site();
    const registry = await open();
    const election = newElection();
    expect(await registry.get(election)).toBeUndefined();
    expect(await registry.trail(election)).toEqual([]);
    expect(await registry.history(election)).toEqual({ record: undefined, changes: [] });
    expect(await registry.getCertificate(election)).toBeUndefined();
    expect(await registry.getDispute(election)).toBeUndefined();
  });
}
