import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { RoleName } from "../../../src/runtime/contracts/http/status.js";
import { openApiOf } from "../../../src/runtime/contracts/openapi/document.js";
import { openTestEngine } from "../../helpers/data/election.js";
import { routesOf, startRoles } from "../../helpers/roles.js";

// In the order in which `startRoles` starts them.
const roles: readonly RoleName[] = ["admin", "ingest", "serve", "tally"];

/** As the documents write it; undefined for what they leave out. */
function documentedAs(route: string): string | undefined {
  const [method, url] = route.split(" ");
  // Every GET takes HEAD, too. The pages' own files have another address with each release.
  if (method === "HEAD" || url.startsWith("/assets/")) return undefined;
  const path = url.replace(/(?<!:):(\w+)/g, "{$1}").replaceAll("::", ":");
  return `${method} ${path}`;
}

describe("the OpenAPI documents", () => {
  it("have each route of each role, and no other; each role serves its own", async () => {
    const engine = await openTestEngine();
    let urls: Record<RoleName, string> | undefined;
    const routes = await routesOf(async () => {
      urls = await startRoles(engine);
    });
    for (const [at, role] of roles.entries()) {
      const document = openApiOf(role);
      const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
      );
      const registered = routes[at].map(documentedAs).filter((one) => one !== undefined);
      expect(operations.sort(), role).toEqual(registered.sort());
      const response = await fetch(`${urls?.[role]}/openapi.json`);
      expect(response.headers.get("content-type")).toMatch(/^application\/json\b/);
      expect(await response.json()).toEqual(document);
    }
  });

  it("hold for methods that fastify takes for malformed: 405, not 400", async () => {
    const { tally } = await startRoles(await openTestEngine());
    const response = await fetch(`${tally}/livez`, { method: "QUERY" });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });

  it.each(roles)("of %s stands in docs/ (npm run docs writes it)", (role) => {
    const file = new URL(`../../../docs/reference/openapi/${role}.json`, import.meta.url);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(openApiOf(role));
  });

  it.each(roles)("of %s has every schema that it refers to, and no other", (role) => {
    const document = openApiOf(role);
    const text = JSON.stringify(document);
    const used = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
    expect(Object.keys(document.components.schemas).sort()).toEqual([...new Set(used)].sort());
  });
});
