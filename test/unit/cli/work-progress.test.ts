import { describe, expect, it } from "vitest";
import { WorkProgress } from "../../../src/cli/text/work-progress.js";

function shownOn(isTTY: boolean, secondsAPart: number, parts = 4): string {
  let at = 0;
  let shown = "";
  const stream = { isTTY, write: (text: string) => (shown += text) };
  const progress = new WorkProgress({ stream, now: () => at });
  progress.begin("Recounting", parts, "partitions");
  for (let part = 0; part < parts; part++) {
    at += secondsAPart * 1_000;
    progress.done(1, 1_000_000);
  }
  progress.end();
  return shown;
}

describe("the progress of work", () => {
  it("is silent for work of less than two seconds", () => {
    expect(shownOn(true, 0.4)).toBe("");
    expect(shownOn(false, 0.4)).toBe("");
  });

  it("is one line on a terminal, with rate and time left, and is cleared at the end", () => {
    const lines = shownOn(true, 2).split("\r\u001b[2K");
    expect(lines).toEqual([
      "",
      "Recounting: 1 of 4 partitions, 1,000,000 ballots, 500,000/s, 6 s left",
      "Recounting: 2 of 4 partitions, 2,000,000 ballots, 500,000/s, 4 s left",
      "Recounting: 3 of 4 partitions, 3,000,000 ballots, 500,000/s, 2 s left",
      "",
    ]);
  });

  it("counts votes, or seconds, or what nobody knows the end of", () => {
    let at = 0;
    let shown = "";
    const stream = { isTTY: true, write: (text: string) => (shown += text) };
    const progress = new WorkProgress({ stream, now: () => at });
    const lineAfter = (ms: number, more: number) => {
      at += ms;
      progress.done(more);
      return shown.split("\r\u001b[2K").at(-1);
    };
    progress.begin("Sending", 20_000_000, "votes");
    expect(lineAfter(4_000, 5_000_000)).toBe(
      "Sending: 5,000,000 of 20,000,000 votes, 1,250,000/s, 12 s left",
    );
    progress.begin("Batches", 10, "s");
    expect(shown.endsWith("\r\u001b[2K")).toBe(true);
    // The process was busy: one tick in four seconds.
    expect(lineAfter(4_000, 1)).toBe("Batches: 4 of 10 s, 6 s left");
    progress.begin("Connecting", undefined, "s");
    expect(lineAfter(3_000, 1)).toBe("Connecting: 3 s");
  });

  it("is a line every ten seconds elsewhere", () => {
    expect(shownOn(false, 5).split("\n")).toEqual([
      "Recounting: 2 of 4 partitions, 2,000,000 ballots, 200,000/s, 10 s left",
      "",
    ]);
  });
});
