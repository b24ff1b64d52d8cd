import { randomBytes } from "node:crypto";
import { type Agent, request } from "node:http";
import { tokenIssuer } from "../../../src/runtime/keys/tokens.js";

/** What attackers and honest voters know of a running system. Plain data: it goes to processes. */
export interface Site {
  readonly election: string;
  /** Ports on 127.0.0.1. */
  readonly ports: { readonly ingest: number; readonly serve: number; readonly tally: number };
  /** The token secret, in hexadecimal: who has it gives tokens to voters and gateways. */
  readonly secret: string;
}

/** Honest voters choose the first, attackers with good tokens the second, forgers the third. */
export const choices = { honest: "c0", attacker: "c1", forger: "c2" } as const;

export interface Request {
  readonly port: number;
  readonly method?: "GET" | "POST";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | undefined;
  /** The address that it comes from. Default 127.0.0.1. */
  readonly address?: string;
  readonly agent?: Agent;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

const patienceMs = 60_000;

/** Sends a request. Rejects if no answer comes: the connection is lost, or a minute is over. */
export function ask({ method = "POST", address, body, ...rest }: Request): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const from = address === undefined ? {} : { localAddress: address };
    const sent = request({ host: "127.0.0.1", ...rest, ...from, method }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
      response.on("error", reject);
    });
    sent.setTimeout(patienceMs, () => sent.destroy(new Error("no answer")));
    sent.on("error", reject);
    sent.end(body);
  });
}

/** What stands in an answer for a machine: `202`, or `429 too-many-requests`. */
export function codeOf({ status, body }: Answer): string {
  const code = status < 400 ? undefined : /"code":"([a-z-]+)"/.exec(body)?.[1];
  return code === undefined ? String(status) : `${status} ${code}`;
}

/** Gives out tokens for the site's election. */
export function tokensOf({ secret, election }: Site, changes: object = {}) {
  return tokenIssuer({
    secret: Buffer.from(secret, "hex"),
    ...{ scope: "vote", election, expiresInSeconds: 7_200, nowMs: Date.now() },
    ...changes,
  });
}

export interface Ballot {
  readonly token?: string | undefined;
  readonly choice: string;
  readonly ballotId?: string;
}

/** A request that carries one ballot. */
export function ballotRequest(site: Site, { token, ...ballot }: Ballot): Request {
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  return {
    port: site.ports.ingest,
    path: `/v1/elections/${site.election}/ballots`,
    headers,
    body: JSON.stringify({ ballotId: newId(), ...ballot }),
  };
}

/** A ballot id that nobody else has. */
export const newId = () => randomBytes(16).toString("hex");

/** An address of this machine, one of 65,024 in each of 255 blocks. */
export function addressOf(block: number, number: number): string {
  return `127.${block}.${Math.floor(number / 254) % 256}.${1 + (number % 254)}`;
}
