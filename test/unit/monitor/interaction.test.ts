import { describe, expect, it } from "vitest";
import { type MonitorState, reduceMonitor } from "../../../src/runtime/monitor/state/reducer.js";
import { figures, snapshot, stateAfter } from "./samples.js";

const elections = [
  { id: "coin", title: "Who should be on the coin?", status: "draft", createdAt: 2 },
  { id: "demo", title: "Demo", status: "open", createdAt: 1 },
] as const;
const watching = stateAfter(snapshot(0, figures({ ada: 1 }), { elections }));
const withControl: MonitorState = { ...watching, control: true };

/** Single characters, and keys in angle brackets: `strike(state, "c", "demo<enter>")`. */
function strike(state: MonitorState, ...keys: readonly string[]): MonitorState {
  const strokes = keys.flatMap((text) => text.match(/<[a-z-]+>|[^<]/g) ?? []);
  return strokes.reduce(
    (now, key) => reduceMonitor(now, { type: "key", key: key.replace(/[<>]/g, "") }),
    state,
  );
}

describe("panels", () => {
  it("are reached by their number and by Tab, round and back", () => {
    const panel = (...keys: string[]) => strike(watching, ...keys).interaction.panel;
    expect(panel("3")).toBe("pipeline");
    expect(panel("<tab>")).toBe("tallies");
    expect(panel("6<tab>")).toBe("overview");
    expect(panel("<back-tab>")).toBe("elections");
    expect(panel("9")).toBe("overview");
  });
});

describe("sorting and filtering", () => {
  it("goes round the orders", () => {
    const orders = ["s", "ss", "sss", "ssss"].map((keys) => strike(watching, keys));
    const sorts = orders.map(({ interaction }) => interaction.sort);
    expect(sorts).toEqual(["votes", "votes/s", "name", "ballot"]);
  });

  it("takes every key as text until Enter, and none of them as a command", () => {
    const typed = strike(watching, "/pq?3x<backspace><enter>");
    expect(typed.interaction).toMatchObject({ filter: "pq?3", mode: { kind: "watch" } });
    expect(typed).toMatchObject({ paused: false, left: false, help: false });
    expect(strike(typed, "<escape>").interaction.filter).toBe("");
    expect(strike(watching, "/ab<escape>").interaction.filter).toBe("");
  });
});

describe("the election to watch", () => {
  it("is chosen from the list, which starts at the one that is watched", () => {
    expect(strike(watching, "e").interaction.cursor).toBe(1);
    const chosen = strike(watching, "e<up><up><enter>").interaction;
    expect(chosen).toMatchObject({ election: "coin", panel: "overview" });
    expect(strike(watching, "/coin<enter>e<enter>").interaction.election).toBe("coin");
  });

  it("is seen at once though paused", () => {
    expect(strike(watching, "pe").paused).toBe(true);
    expect(strike(watching, "pe<up><enter>").paused).toBe(false);
  });
});

describe("opening and closing", () => {
  it("is refused without an admin API, with a hint", () => {
    const { mode, notice } = strike(watching, "c").interaction;
    expect(mode.kind).toBe("watch");
    expect(notice).toMatchObject({ level: "failure" });
    expect(notice?.text).toContain("--admin-url");
  });

  it("is asked for once the id has been typed, all in one go", () => {
    const { interaction } = strike(withControl, "cdemo<enter>");
    expect(interaction.request).toEqual({ change: "close", election: "demo" });
    expect(interaction.mode.kind).toBe("watch");
  });

  it("is of the line at the cursor where elections are listed", () => {
    const { request } = strike(withControl, "6ocoin<enter>").interaction;
    expect(request).toEqual({ change: "open", election: "coin" });
  });

  it.each(["cdem<enter>", "cdemo2<enter>", "cDEMO<enter>", "c<enter>", "cdemo<escape>", "cdemo"])(
    "is not asked for by %s",
    (keys) => {
      expect(strike(withControl, keys).interaction.request).toBeUndefined();
    },
  );

  it.each([
    ["o", "demo is open already."],
    ["6c", "coin is not open yet."],
    ["6<down><down>c", "old is closed already."],
    ["6<down><down>o", "old is closed, and stays closed."],
    ["6<down><down><down>c", "late is closing already."],
  ])("%s is refused where the election cannot be changed so", (keys, text) => {
    const old = { id: "old", title: "Old", status: "closed", createdAt: 0.5 } as const;
    const late = { ...old, id: "late", status: "open", createdAt: 0.1, closesAt: 1 } as const;
    const all = [...elections, old, late];
    const state = stateAfter(snapshot(0, figures({ ada: 1 }), { elections: all }));
    const { mode, notice } = strike({ ...state, control: true }, keys).interaction;
    expect(mode.kind).toBe("watch");
    expect(notice).toEqual({ level: "failure", text });
  });

  it("says what is wrong with the id", () => {
    const { notice } = strike(withControl, "cdem<enter>").interaction;
    expect(notice).toMatchObject({ level: "failure" });
    expect(notice?.text).toContain('"dem"');
  });
});

it("q leaves", () => {
  expect(strike(watching, "q").left).toBe(true);
});
