import { connect } from "node:net";
import { afterEach, expect, it, vi } from "vitest";
import type { Registry } from "../../../src/runtime/registry/port.js";
import { openEngine } from "../../../src/runtime/wiring/engine.js";
import { temporaryDirectory } from "../../helpers/temporary.js";
import { SteppedClock } from "../../helpers/test-clock.js";
import { type Bench, batch, problemCode, startBench, vote } from "./support.js";

let bench: Bench | undefined;
afterEach(() => bench?.stop());

/** The real registry, whose reads are counted, and wait for `opened` if it is given. */
async function startCounting(opened: Promise<void> = Promise.resolve()) {
  const engine = await openEngine({ engine: "embedded", dataDir: await temporaryDirectory() });
  const reads: string[] = [];
  const registry = new Proxy(engine.registry, {
    get(real, name) {
      if (name === "get") {
        return async (id: string) => {
          reads.push(id);
          await opened;
          return real.get(id);
        };
      }
      const value: unknown = Reflect.get(real, name);
      return typeof value === "function" ? value.bind(real) : value;
    },
  }) as Registry;
  // It stands still: no read is given up.
  bench = await startBench({ registry, clock: new SteppedClock(Date.now()) });
  return { own: bench, reads, close: () => engine.close() };
}

it("asks the registry for no id that cannot be one, and for an unknown one once", async () => {
  const { own, reads, close } = await startCounting();
  const token = own.token("alice");
  const body = '{"choice":"soup"}';
  for (const id of ["x".repeat(5_000), "UPPER", "a%00b", "-a"]) {
    const answers = [
      await vote(own, id, { token, body }),
      await batch(own, id, { body }),
      await fetch(`${own.ingest.url}/v1/elections/${id}`),
    ];
    for (const answer of answers) expect(await problemCode(answer)).toMatch(/^(404|400) /);
  }
  expect(reads).toEqual([]);
  for (let asked = 0; asked < 5; asked++) {
    expect(await problemCode(await vote(own, "unknown", { token, body }))).toBe(
      "404 unknown-election",
    );
  }
  expect(reads).toEqual(["unknown"]);
  await close();
});

it("lets few reads of unknown ids wait for a slow registry, and refuses the others", async () => {
  let open: () => void = () => {};
  const { own, reads, close } = await startCounting(
    new Promise<void>((resolve) => {
      open = resolve;
    }),
  );
  const codes: string[] = [];
  const asked = Array.from({ length: 200 }, async (_, n) => {
    codes.push(await problemCode(await fetch(`${own.ingest.url}/v1/elections/random-${n}`)));
  });
  await vi.waitFor(() => expect(codes).toHaveLength(200 - 64), 15_000);
  expect(new Set(codes)).toEqual(new Set(["503 overloaded"]));
  open();
  await Promise.all(asked);
  expect(reads.length).toBe(64);
  await close();
});

it.each([
  ["about as long as its memory", 999_990],
  ["hardly more than half as long", 2 ** 19 + 1],
])(
  "bounds the memory of all batches under way before it reads them, by one %s",
  async (_, length) => {
    const own = await startBench({ maxBatchBytes: 2 ** 20 });
    bench = own;
    await own.election("lunch");
    const slow = connect(own.ingest.port, "127.0.0.1");
    slow.on("error", () => {});
    slow.write(
      "POST /v1/elections/lunch/ballots:batch HTTP/1.1\r\nhost: x\r\n" +
        `authorization: Bearer ${own.token("gate", "gateway")}\r\n` +
        `content-type: application/x-ndjson\r\ncontent-length: ${length}\r\n\r\n{`,
    );
    const body = '{"voter":"carol","choice":"soup"}\n';
    const outcome = async () => (await batch(own, "lunch", { body })).status;
    await vi.waitFor(async () => expect(await outcome()).toBe(503), 15_000);
    slow.destroy();
    await vi.waitFor(async () => expect(await outcome()).toBe(200), 15_000);
  },
);
