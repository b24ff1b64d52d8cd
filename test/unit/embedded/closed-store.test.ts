import { expect, it } from "vitest";
import { openEngine } from "../../../src/runtime/wiring/engine.js";
import { temporaryDirectory } from "../../helpers/temporary.js";

it("a store that cannot be read says which one it is: a request then ends with 503", async () => {
  const dataDir = await temporaryDirectory();
  const { log, ledger, registry, close } = await openEngine({ engine: "embedded", dataDir });
  await close();
  const dispute = {
    ...{ election: "demo", revision: 3, at: 1, by: "certifier" },
    ...{ finding: "live-count", detail: "planted" },
  };
  const ofLedger: (() => Promise<unknown>)[] = [
    () => ledger.last("demo", 0),
    () => ledger.get({ election: "demo", partition: 0, sequence: 0 }),
    () => registry.get("demo"),
    () => registry.list(),
    () => registry.getCertificate("demo"),
    () => registry.getDispute("demo"),
    () => registry.putDispute(dispute),
  ];
  for (const read of ofLedger) {
    await expect(read()).rejects.toMatchObject({ code: "ledger-unavailable", status: 503 });
  }
  for (const read of [() => log.read("demo", 0, 0, 1), () => log.end("demo", 0)]) {
    await expect(read()).rejects.toMatchObject({ code: "log-unavailable", status: 503 });
  }
});
