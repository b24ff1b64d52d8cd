import { describe, onTestFinished } from "vitest";
import { MemoryItems, TableContent } from "../../src/runtime/dynamodb/memory-items.js";
import { DynamoLedger } from "../../src/runtime/ledger/dynamodb.js";
import { LogContent, MemoryLog } from "../../src/runtime/log/memory/log.js";
import { DynamoRegistry } from "../../src/runtime/registry/dynamodb.js";
import { MemoryView, ViewContent } from "../../src/runtime/view/memory.js";
import { ledgerContract } from "./ledger.contract.js";
import { logContract } from "./log.contract.js";
import { registryContract } from "./registry.contract.js";
import { viewContract } from "./view.contract.js";

let elections = 0;
const election = () => `contract-${elections++}`;

describe("log in memory", () => {
  logContract(async () => {
    const content = new LogContent();
    let handles = 0;
    const open = async () => {
      const log = new MemoryLog({ content, id: `member-${handles++}` });
      onTestFinished(() => log.close());
      return log;
    };
    return { open, election };
  });
});

describe("view in memory", () => {
  viewContract(async () => {
    const content = new ViewContent();
    return { open: async () => new MemoryView(content), election };
  });
});

/** DynamoDB's own adapters, over items in memory. */
describe("ledger over items in memory", () => {
  ledgerContract(async () => {
    const content = new TableContent();
    const open = async () => new DynamoLedger(new MemoryItems(content), "segments");
    return { open, election };
  });
});

describe("registry over items in memory", () => {
  registryContract(async () => {
    const content = new TableContent();
    const open = async () => new DynamoRegistry(new MemoryItems(content), "registry");
    return { open, election };
  });
});
