import { join } from "node:path";
import { describe, onTestFinished } from "vitest";
import { openEnvironment } from "../../src/runtime/embedded/environment.js";
import { EmbeddedLedger } from "../../src/runtime/ledger/embedded.js";
import { EmbeddedLog } from "../../src/runtime/log/embedded/log.js";
import { EmbeddedRegistry } from "../../src/runtime/registry/embedded.js";
import { EmbeddedView } from "../../src/runtime/view/embedded.js";
import { temporaryDirectory } from "../helpers/temporary.js";
import { ledgerContract } from "./ledger.contract.js";
import { logContract } from "./log.contract.js";
import { registryContract } from "./registry.contract.js";
import { viewContract } from "./view.contract.js";

let elections = 0;
const election = () => `contract-${elections++}`;

/** Every `open` is a handle of its own on the same files, as another process has. */
async function site<T extends { close(): Promise<void> }>(make: (path: string) => T) {
  const path = join(await temporaryDirectory(), "store");
  const open = async () => {
    const adapter = make(path);
    onTestFinished(() => adapter.close());
    return adapter;
  };
  return { open, election };
}

describe("embedded log", () => logContract(() => site((path) => new EmbeddedLog(path))));

describe("embedded view", () => viewContract(() => site((path) => new EmbeddedView(path))));

/** Ledger and registry live in one environment. */
const evidence = () => site((path) => openEnvironment(path, true));

describe("embedded ledger", () => {
  ledgerContract(async () => {
    const { open } = await evidence();
    return { election, open: async () => new EmbeddedLedger(await open()) };
  });
});

describe("embedded registry", () => {
  registryContract(async () => {
    const { open } = await evidence();
    return { election, open: async () => new EmbeddedRegistry(await open()) };
  });
});
