import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { FastifyInstance } from "fastify";
import { onTestFinished } from "vitest";
import { startAdmin } from "../../src/runtime/admin/server.js";
import type { RoleName } from "../../src/runtime/contracts/http/status.js";
import { localAdmin } from "../../src/runtime/elections/local-admin.js";
import { startStatusServer } from "../../src/runtime/http/status.js";
import { startIngest } from "../../src/runtime/ingest/server.js";
import { openTokenVerifier } from "../../src/runtime/keys/authentication/open-verifier.js";
import { startServe } from "../../src/runtime/serve/server.js";
import type { Engine } from "../../src/runtime/wiring/engine.js";

const here = { host: "127.0.0.1", port: 0 };

/** Starts the servers of all roles over one engine, with all that they can offer; by their URLs. */
export async function startRoles(engine: Engine): Promise<Record<RoleName, string>> {
  const admin = await startAdmin({
    admin: localAdmin(engine),
    verifier: await openTokenVerifier(engine.keys),
    ...here,
  });
  onTestFinished(() => admin.stop());
  const ingest = await startIngest({ ...engine, ...here });
  onTestFinished(() => ingest.stop());
  const serve = await startServe({
    ...engine,
    ...here,
    voteUrl: ingest.url,
    linksFile: "/nowhere/links",
  });
  onTestFinished(() => serve.stop());
  const metrics = () => ({
    partitions: [],
    commits: 0,
    commitMs: null,
    eventCounts: {},
    viewLagMs: 0,
    events: [],
  });
  const tally = await startStatusServer({ role: "tally", metrics, ready: () => {}, ...here });
  onTestFinished(() => tally.stop());
  const none = () => ({ elections: [], certified: 0, mismatches: 0, failures: 0 });
  const certify = await startStatusServer({
    role: "certify",
    metrics: none,
    ready: () => {},
    ...here,
  });
  onTestFinished(() => certify.stop());
  const stages = { tally: tally.url, certify: certify.url };
  return { admin: admin.url, ingest: ingest.url, serve: serve.url, ...stages };
}

/** The routes that `start` registers with fastify: `GET /livez`, one server after the other. */
export async function routesOf(start: () => Promise<unknown>): Promise<string[][]> {
  const servers: string[][] = [];
  const watch = (message: unknown) => {
    const { fastify } = message as { fastify: FastifyInstance };
    const routes: string[] = [];
    servers.push(routes);
    fastify.addHook("onRoute", ({ method, url }) => {
      for (const one of [method].flat()) routes.push(`${one} ${url}`);
    });
  };
  subscribe("fastify.initialization", watch);
  try {
    await start();
  } finally {
    unsubscribe("fastify.initialization", watch);
  }
  return servers;
}
