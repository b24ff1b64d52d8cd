import { describe, expect, it } from "vitest";
import { Transcript } from "../../../../src/runtime/load/transcript/transcript.js";

const [a, b, c] = ["a", "b", "c"].map((digit) => digit.repeat(32));

function read(...lines: string[]): Transcript {
  const transcript = new Transcript();
  for (const [index, line] of lines.entries())
    transcript.take(line, `votes.log, line ${index + 1}`);
  return transcript;
}

/** As k6 writes what a script prints. */
function logged(record: object, after = ""): string {
  const msg = JSON.stringify(JSON.stringify(record));
  return `time="2026-11-21T22:23:59Z" level=info msg=${msg}${after}`;
}

describe("Transcript", () => {
  it("reads records, bare or from k6's log, between lines that are none", () => {
    const { ballots, resent } = read(
      logged({ sent: { [a]: "owl", [b]: "fox" } }),
      'time="2026-11-21T22:23:59Z" level=warning msg="Insufficient VUs, reached 50 active VUs"',
      "",
      JSON.stringify({ sent: { [c]: "owl" } }),
      logged({ acknowledged: [a] }, " source=console"),
      JSON.stringify({ refused: { [b]: "election-closed" } }),
    );
    expect([...ballots]).toEqual([
      [a, { candidate: "owl", answer: "acknowledged", tries: 1 }],
      [b, { candidate: "fox", answer: "refused", code: "election-closed", tries: 1 }],
      [c, { candidate: "owl", tries: 1 }],
    ]);
    expect(resent).toBe(0);
  });

  it("believes an acknowledgement, and no refusal of a ballot that was sent before", () => {
    const sent = JSON.stringify({ sent: { [a]: "owl" } });
    const acknowledged = JSON.stringify({ acknowledged: [a] });
    const refused = JSON.stringify({ refused: { [a]: "overloaded" } });
    expect(read(sent, sent, refused).ballots.get(a)?.answer).toBeUndefined();
    expect(read(sent, acknowledged, sent, refused)).toMatchObject({ resent: 1 });
    expect(read(sent, acknowledged, refused).ballots.get(a)?.answer).toBe("acknowledged");
    expect(read(sent, refused, acknowledged).ballots.get(a)?.answer).toBe("acknowledged");
  });

  it.each([
    ['{"sent":{"ab', "the record is cut off"],
    [logged({ sent: { [a]: "owl" } }).slice(0, -9), "the record is cut off"],
    ['{"sent":{"ab":"owl"}}', /^it is none of/],
    [`{"acknowledged":["${c}"]}`, `ballot ${c} is answered and was not sent before`],
    [`{"sent":{"${a}":"fox"}}`, `ballot ${a} was for owl before`],
  ])("names the place of a damaged record: %s", (line, what) => {
    const first = JSON.stringify({ sent: { [a]: "owl" } });
    const message = what instanceof RegExp ? /votes\.log, line 2: it is none of/ : `: ${what}.`;
    expect(() => read(first, line)).toThrow(message);
    expect(() => read(first, line)).toThrow("votes.log, line 2");
  });
});
