import { readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { Flags, type Interfaces } from "@oclif/core";
import type { ElectionAdmin } from "../runtime/admin/election-admin.js";
import type { EngineFlags } from "../runtime/config/engine-choice.js";
import { VoteError } from "../runtime/core/errors.js";
import { caFlag, fetchFor } from "./flags/ca-flag.js";
import { withEngine, withExistingEngine } from "./with-engine.js";

/** Flags that send `vote election` through an admin API instead of an engine opened here. */
export const adminFlags = {
  "admin-url": Flags.string({
    helpValue: "<url>",
    description: "Use the API of this `vote admin` instead of opening the engine here",
    env: "VOTE_ADMIN_URL",
    helpGroup: "ADMIN",
  }),
  "admin-token-file": Flags.file({
    helpValue: "<file>",
    description: "File with a token of scope admin (or put the token into VOTE_ADMIN_TOKEN)",
    env: "VOTE_ADMIN_TOKEN_FILE",
    helpGroup: "ADMIN",
  }),
  ...caFlag,
};

/** What `withElectionAdmin` reads of a command's flags. */
type AdminFlags = EngineFlags & Interfaces.InferredFlags<typeof adminFlags>;

/**
 * Gives `work` the admin that the flags choose, and the actor's name for the trail.
 *
 * @param create whether to make a data directory that is missing
 * @throws VoteError `invalid-usage` without a token for the admin API
 */
export async function withElectionAdmin<T>(
  flags: AdminFlags,
  work: (admin: ElectionAdmin, by: string) => Promise<T>,
  create = false,
): Promise<T> {
  const url = flags["admin-url"];
  if (url !== undefined) {
    const { remoteAdmin } = await import("../runtime/admin/remote-admin.js");
    const token = await adminToken(flags["admin-token-file"]);
    return work(remoteAdmin({ url, token, fetch: await fetchFor(flags) }), "");
  }
  const { localAdmin } = await import("../runtime/elections/local-admin.js");
  const open = create ? withEngine : withExistingEngine;
  return open(flags, (engine) => work(localAdmin(engine), localActor()));
}

/** Names the user of this terminal, for the trail: `cli:ada`. */
export function localActor(): string {
  try {
    return `cli:${userInfo().username}`;
  } catch {
    // Many containers run under a user id that has no name.
    return `cli:${process.getuid?.() ?? "unknown"}`;
  }
}

/**
 * Reads the admin token from the file or from VOTE_ADMIN_TOKEN.
 *
 * @throws VoteError `invalid-usage` without a token, or for a file that cannot be read
 */
export async function adminToken(file: string | undefined): Promise<string> {
  const token = file === undefined ? process.env.VOTE_ADMIN_TOKEN : await readToken(file);
  if (token !== undefined && token.trim() !== "") return token.trim();
  throw new VoteError("invalid-usage", "The admin API needs a token.", {
    hint: "Name its file with --admin-token-file, or put it into VOTE_ADMIN_TOKEN.",
  });
}

async function readToken(file: string): Promise<string> {
  return readFile(file, "utf8").catch((cause: unknown) => {
    throw new VoteError("invalid-usage", "The token file cannot be read.", { cause });
  });
}
