import { Flags, type Interfaces } from "@oclif/core";
import { type DevWish, runningDev } from "../runtime/config/dev-state.js";
import { VoteError } from "../runtime/core/errors.js";
import { adminFlags, adminToken } from "./election-admin.js";

/** The flags of `vote monitor` that say where to look. */
export const sourceFlags = {
  "serve-url": Flags.string({
    helpValue: "<url>",
    description: "URL of serve (default: the running vote dev's)",
    env: "VOTE_SERVE_URL",
  }),
  "ingest-url": Flags.string({
    helpValue: "<url>",
    description: "URL of ingest, to show its figures too",
    env: "VOTE_INGEST_URL",
  }),
  "tally-url": Flags.string({
    helpValue: "<url>",
    description: "Status URL of a tally (its --status-port); repeat for more",
    multiple: true,
  }),
  ...adminFlags,
};

/** Which roles the monitor asks, and with which token. */
interface MonitorSources {
  readonly urls: {
    readonly serveUrl: string;
    readonly ingestUrl?: string;
    readonly tallyUrls?: readonly string[];
    readonly adminUrl?: string;
  };
  /** Without it, the monitor opens and closes nothing. */
  readonly adminToken?: string;
}

/**
 * Chooses the roles to watch: the given addresses, and for the rest those of the running
 * `vote dev`, unless --serve-url names another system.
 *
 * @throws VoteError `invalid-usage` for a malformed address, `not-running` when there is none
 */
export async function monitorSources(
  flags: Interfaces.InferredFlags<typeof sourceFlags> & DevWish,
): Promise<MonitorSources> {
  const { "serve-url": serveUrl, "ingest-url": ingestUrl, "admin-url": adminUrl } = flags;
  const tallyUrls = flags["tally-url"];
  for (const url of [serveUrl, ingestUrl, adminUrl, ...(tallyUrls ?? [])]) {
    if (url !== undefined) requireHttp(url);
  }
  const given = {
    ...(ingestUrl === undefined ? {} : { ingestUrl }),
    ...(tallyUrls === undefined ? {} : { tallyUrls }),
    ...(adminUrl === undefined ? {} : { adminUrl }),
  };
  const token = adminUrl === undefined ? {} : await givenToken(flags["admin-token-file"]);
  if (serveUrl !== undefined) return { urls: { serveUrl, ...given }, ...token };
  const dev = await runningDev(flags);
  if (dev === undefined) {
    const dataDir = flags["data-dir"];
    const where = dataDir === undefined ? "on this machine" : `over ${dataDir}`;
    throw new VoteError("not-running", `No vote dev is running ${where}.`, {
      hint: "Start one with `vote dev`, or name a running serve with --serve-url.",
    });
  }
  const { serve, ingest, tally, admin } = dev.urls;
  const own = { serveUrl: serve, ingestUrl: ingest, tallyUrls: [tally], adminUrl: admin };
  const ownToken = adminUrl === undefined ? { adminToken: dev.adminToken } : token;
  return { urls: { ...own, ...given }, ...ownToken };
}

/** The token is optional: the admin API's health can be watched without one. */
async function givenToken(file: string | undefined): Promise<{ readonly adminToken?: string }> {
  if (file === undefined && !process.env.VOTE_ADMIN_TOKEN) return {};
  return { adminToken: await adminToken(file) };
}

function requireHttp(url: string): void {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return;
  throw new VoteError("invalid-usage", `"${url}" is not an http address.`, {
    hint: "Write it like http://127.0.0.1:4001.",
  });
}
