import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { JsonWebKeySet } from "../../../src/runtime/keys/authentication/jwks.js";

/** An OpenID Connect issuer on this machine, as far as those who verify its tokens see it. */
export interface IdentityProvider {
  readonly url: string;
  /** What it publishes at the moment; other paths than these answer 404. */
  readonly documents: Map<string, unknown>;
  /** Answers with this status instead, if it is set. */
  failing: number | undefined;
  /** Each request's path. */
  readonly requests: string[];
  publish(keys: JsonWebKeySet["keys"]): void;
  stop(): Promise<void>;
}

export async function startIdentityProvider(): Promise<IdentityProvider> {
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    provider.requests.push(path);
    const body = provider.documents.get(path);
    const status = provider.failing ?? (body === undefined ? 404 : 200);
    if (typeof body === "string" && body.startsWith("http")) {
      response.writeHead(302, { location: body }).end();
      return;
    }
    response.writeHead(status, { "content-type": "application/json" });
    response.end(typeof body === "string" ? body : JSON.stringify(body ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/realms/votes`;
  const provider: IdentityProvider = {
    url,
    documents: new Map<string, unknown>([
      [
        "/realms/votes/.well-known/openid-configuration",
        { issuer: url, jwks_uri: new URL("/keys", url).href },
      ],
    ]),
    failing: undefined,
    requests: [],
    publish: (keys) => {
      provider.documents.set("/keys", { keys });
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return provider;
}
