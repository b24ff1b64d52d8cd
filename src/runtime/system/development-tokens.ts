import { randomInt } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { issueToken } from "../keys/tokens.js";
import type { Engine } from "../wiring/engine.js";

export interface DevelopmentTokens {
  /** For the ballot of the voter `dev-voter`. */
  readonly voter: string;
  /** For batches on behalf of any voter: scope `gateway`. */
  readonly gateway: string;
  /** For opening and closing elections: scope `admin`. */
  readonly admin: string;
  /** For more voters, to vote in a browser; the code stands for the token in a short link. */
  readonly voters: readonly {
    readonly voter: string;
    readonly token: string;
    readonly code: string;
  }[];
}

const aWeekSeconds = 7 * 86_400;
/** Without what is mistaken for another one when it is typed. */
const codeLetters = "23456789abcdefghjkmnpqrstuvwxyz";
/** 40 bits: nobody finds a link by trying. */
const codeLength = 8;

/** Issues tokens for one election, for development: signed with the data directory's own secret. */
export async function developmentTokens(
  engine: Pick<Engine, "keys">,
  election: string,
  nowMs: number,
): Promise<DevelopmentTokens> {
  const secret = await engine.keys.tokenSecret();
  const common = { secret, election, expiresInSeconds: aWeekSeconds, nowMs };
  const tokenOf = (subject: string) => issueToken({ ...common, subject, scope: "vote" });
  return {
    voter: tokenOf("dev-voter"),
    gateway: issueToken({ ...common, subject: "dev-gateway", scope: "gateway" }),
    admin: issueToken({ ...common, subject: "dev-admin", scope: "admin" }),
    voters: ["voter-1", "voter-2", "voter-3"].map((voter) => {
      return { voter, token: tokenOf(voter), code: newCode() };
    }),
  };
}

function newCode(): string {
  return Array.from({ length: codeLength }, () => codeLetters[randomInt(codeLetters.length)]).join(
    "",
  );
}

/** Where `vote dev` keeps its tokens, a file each: `voter`, `gateway`, `admin`, and the links. */
export function tokensDirOf(dataDir: string): string {
  return join(dataDir, "dev-tokens");
}

/** The file from which serve reads its short links. */
export function linksFileOf(dataDir: string): string {
  return join(tokensDirOf(dataDir), "links");
}

/** Writes the tokens and the voters' links, for this user's eyes only. */
export async function writeTokens(
  dataDir: string,
  { voter, gateway, admin, voters }: DevelopmentTokens,
  election: string,
): Promise<void> {
  await removeTokens(dataDir);
  await mkdir(tokensDirOf(dataDir), { mode: 0o700 });
  const links = voters.map(({ code, token }) => {
    return `${code} /elections/${election}/vote#token=${token}`;
  });
  const files = { voter, gateway, admin, links: links.join("\n") };
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(tokensDirOf(dataDir), name), `${text}\n`, { mode: 0o600, flag: "wx" });
  }
}

/** Removes what `writeTokens` has written: the next `vote dev` issues new ones. */
export async function removeTokens(dataDir: string): Promise<void> {
  await rm(tokensDirOf(dataDir), { recursive: true, force: true });
}
