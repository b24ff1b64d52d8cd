import { describe, expect, it, onTestFinished } from "vitest";
import type {
  Claim,
  KafkaMember,
  MemberListener,
} from "../../../../../src/runtime/log/kafka/client/client.js";
import { GroupMembership } from "../../../../../src/runtime/log/kafka/consume/membership.js";
import { eventually } from "../../../../helpers/temporary.js";

/** The client's consumer as the test wants it: joins when told, crashes when told. */
class ScriptedMember implements KafkaMember {
  left = 0;
  joined: () => void = () => undefined;
  readonly claimed: Claim;
  readonly listener: MemberListener;
  readonly #joining = new Promise<void>((resolve) => {
    this.joined = resolve;
  });

  constructor(claim: () => Claim, listener: MemberListener) {
    this.claimed = claim();
    this.listener = listener;
  }

  join(): Promise<void> {
    return this.#joining;
  }

  async commit(): Promise<void> {}

  async leave(): Promise<void> {
    this.left++;
  }
}

function site() {
  const members: ScriptedMember[] = [];
  const seen = { held: [] as readonly number[], doubts: [] as boolean[], notices: [] as unknown[] };
  const world = { now: 0, stuck: false };
  const membership = new GroupMembership({
    topic: "vote.spring",
    makeMember: (_topic, claim, listener) => {
      const member = new ScriptedMember(claim, listener);
      members.push(member);
      return member;
    },
    held: () => seen.held,
    assigned: (partitions) => {
      seen.held = partitions;
    },
    doubtful: (doubtful) => seen.doubts.push(doubtful),
    stuck: () => world.stuck,
    notice: (error) => seen.notices.push(error),
    now: () => world.now,
  });
  membership.start();
  onTestFinished(async () => {
    for (const { joined } of members) joined();
    await membership.stop();
  });
  return { membership, members, seen, world };
}

const nth = (members: readonly ScriptedMember[], index: number) =>
  eventually(`member ${index}`, () => members[index]);

describe("the membership of a group", () => {
  it("is made anew after a crash, with a claim on what is held", async () => {
    const { members, seen } = site();
    const first = await nth(members, 0);
    expect(first.claimed).toEqual({ generation: -1, partitions: [] });
    first.joined();
    first.listener.assigned([1, 3]);
    first.listener.beat(4);
    expect(seen.doubts.at(-1)).toBe(false);
    first.listener.ended(new Error("crashed"));
    const second = await nth(members, 1);
    expect(second.claimed).toEqual({ generation: 4, partitions: [1, 3] });
    expect(seen.notices).toEqual([new Error("crashed")]);
    expect(seen.doubts.at(-1)).toBe(true);
    expect(first.left).toBe(1);
    // What the old consumer still says is not heard.
    first.listener.assigned([9]);
    first.listener.beat(99);
    expect(seen.held).toEqual([1, 3]);
    expect(seen.doubts.at(-1)).toBe(true);
    second.listener.assigned([1, 3]);
    expect(seen.doubts.at(-1)).toBe(false);
  });

  it("leaves while the handler is stuck, and comes back when it is done", async () => {
    const { members, world } = site();
    const first = await nth(members, 0);
    first.joined();
    first.listener.assigned([0]);
    world.stuck = true;
    await eventually("to leave", () => first.left === 1);
    expect(members).toHaveLength(1);
    world.stuck = false;
    await nth(members, 1);
  });

  it("never leaves a consumer that has still to join behind as a member unknown", async () => {
    const { membership, members } = site();
    const first = await nth(members, 0);
    const stopped = membership.stop();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(first.left).toBe(0);
    first.joined();
    await stopped;
    expect(first.left).toBe(1);
  });

  it("is in doubt when no heartbeat comes through, and given up after a while", async () => {
    const { members, seen, world } = site();
    const first = await nth(members, 0);
    first.joined();
    first.listener.beat(1);
    world.now += 7_000;
    await eventually("doubt", () => seen.doubts.at(-1) === true);
    first.listener.beat(1);
    expect(seen.doubts.at(-1)).toBe(false);
    world.now += 60_000;
    await nth(members, 1);
    expect(first.left).toBe(1);
  });
});
