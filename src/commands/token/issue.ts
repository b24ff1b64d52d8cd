import { Flags } from "@oclif/core";
import { parseDurationMs } from "../../cli/flags/times.js";
import { VoteCommand } from "../../cli/vote-command.js";
import { withEngine } from "../../cli/with-engine.js";
import type { TokenScope } from "../../runtime/keys/tokens.js";

interface IssuedToken {
  readonly token: string;
  readonly scope: TokenScope;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

const subjects = ["voter", "gateway", "admin"];

export default class TokenIssue extends VoteCommand {
  static override summary = "Issue a development token for a voter, a gateway or an admin.";
  static override description =
    "Signed with the data directory's own secret (HS256). In production an identity provider " +
    "issues the tokens and ingest only knows its public keys.";
  static override examples = [
    "<%= config.bin %> token issue --voter alice",
    "<%= config.bin %> token issue --gateway station-7 --expires-in 12h",
  ];
  static override flags = {
    voter: Flags.string({
      description: "Voter id; the token allows that voter's ballot",
      exactlyOne: subjects,
    }),
    gateway: Flags.string({
      description: "Gateway's name; the token allows batches that name their voters",
      exactlyOne: subjects,
    }),
    admin: Flags.string({
      description: "Admin's name; the token allows creating, opening and closing elections",
      exactlyOne: subjects,
    }),
    "expires-in": Flags.string({ description: "How long it is valid", default: "1h" }),
  };

  async run(): Promise<IssuedToken> {
    const { flags } = await this.parse(TokenIssue);
    const expiresInSeconds = Math.max(1, Math.floor(parseDurationMs(flags["expires-in"]) / 1_000));
    const { issueToken } = await import("../../runtime/keys/tokens.js");
    const { voter, gateway, admin } = flags;
    const other = gateway === undefined ? "admin" : "gateway";
    const scope: TokenScope = voter === undefined ? other : "vote";
    const subject = voter ?? gateway ?? admin ?? "";
    const nowMs = Date.now();
    const secret = await withEngine(flags, ({ keys }) => keys.tokenSecret());
    const token = issueToken({ secret, subject, scope, expiresInSeconds, nowMs });
    this.log(token);
    return { token, scope, expiresAt: nowMs + expiresInSeconds * 1_000 };
  }
}
