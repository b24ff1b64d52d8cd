import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import {
  type Services,
  type ServicesOptions,
  startServices,
} from "../../../src/runtime/local-cluster/services.js";

const startWithinMs = 300_000;

/**
 * Starts real servers before a file's tests and ends them afterwards: in a directory of their own,
 * on free ports, and tied to this process. Kill and restart them by name through `server(name)`.
 *
 * @returns a function, as there is nothing before the tests run
 */
export function useServices(options: Omit<ServicesOptions, "dir"> = {}): () => Services {
  const dir = mkdtempSync(join(tmpdir(), "vote-services-"));
  let services: Services | undefined;
  beforeAll(async () => {
    services = await startServices({ ports: "any", endWithParent: true, ...options, dir });
  }, startWithinMs);
  afterAll(async () => {
    for (const server of services?.servers ?? []) await server.kill();
    await rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });
  return () => {
    if (services === undefined) throw new Error("the servers are started before the tests run");
    return services;
  };
}
