/** Appends to log and ledger, to be traced: `durable-process.ts DATA-DIR`. Says what is done. */
import { writeSync } from "node:fs";
import { openEngine } from "../../../src/runtime/wiring/engine.js";
import { ballotOf, frameOf } from "../../helpers/data/ballots.js";
import { encodeChain, honestChain } from "../../helpers/data/chains.js";

const engine = await openEngine({ engine: "embedded", dataDir: process.argv[2] });
for (const round of [0, 1, 2]) {
  const bytes = frameOf("demo", 0, [ballotOf(round, round)], round + 1);
  await engine.log.append([{ election: "demo", partition: 0, bytes }]);
  writeSync(1, "DONE log\n");
  const [segment] = encodeChain(honestChain("demo", round, 1, [[]]));
  await engine.ledger.append({ election: "demo", partition: round, sequence: 0 }, segment);
  writeSync(1, "DONE ledger\n");
}
await engine.close();
