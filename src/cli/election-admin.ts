import { readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { Flags } from "@oclif/core";
import type { ElectionAdmin } from "../runtime/admin/election-admin.js";
import type { EngineFlags } from "../runtime/config/engine-choice.js";
import { VoteError } from "../runtime/core/errors.js";
import { withEngine, withExistingEngine } from "./with-engine.js";

/** Where `vote election` does its work: on an engine here, or through the admin API of another. */
export const adminFlags = {
  "admin-url": Flags.string({
    description: "Work through this `vote admin` instead of opening the engine here",
    env: "VOTE_ADMIN_URL",
    helpGroup: "ADMIN",
  }),
  "admin-token-file": Flags.file({
    description: "Holds the token for it, scope admin (or VOTE_ADMIN_TOKEN holds the token)",
    env: "VOTE_ADMIN_TOKEN_FILE",
    helpGroup: "ADMIN",
  }),
};

export interface AdminFlags extends EngineFlags {
  readonly "admin-url"?: string;
  readonly "admin-token-file"?: string;
}

/**
 * @param work   gets the admin, and who is working, for the trail
 * @param create whether a data directory is made where there is none
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
    return work(remoteAdmin({ url, token: await adminToken(flags["admin-token-file"]) }), "");
  }
  const { localAdmin } = await import("../runtime/elections/local-admin.js");
  const open = create ? withEngine : withExistingEngine;
  return open(flags, (engine) => work(localAdmin(engine, Date.now), localActor()));
}

/** Who sits at this terminal, as the system knows them. */
export function localActor(): string {
  try {
    return `cli:${userInfo().username}`;
  } catch {
    // A user id without a name, as in many containers.
    return `cli:${process.getuid?.() ?? "unknown"}`;
  }
}

/** @throws VoteError `invalid-usage` for a file that cannot be read, and without any token */
export async function adminToken(file: string | undefined): Promise<string> {
  const token = file === undefined ? process.env.VOTE_ADMIN_TOKEN : await readToken(file);
  if (token !== undefined && token.trim() !== "") return token.trim();
  throw new VoteError("invalid-usage", "The admin API needs a token, and there is none.", {
    hint: "Name its file with --admin-token-file, or put it into VOTE_ADMIN_TOKEN.",
  });
}

async function readToken(file: string): Promise<string> {
  return readFile(file, "utf8").catch((cause: unknown) => {
    throw new VoteError("invalid-usage", "The token file cannot be read.", { cause });
  });
}
