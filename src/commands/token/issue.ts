import { Flags } from "@oclif/core";
import { DataCommand } from "../../cli/data-command.js";
import { wholeFlag } from "../../cli/flags/numbers.js";
import { parseDurationMs } from "../../cli/flags/times.js";
import { withExistingEngine } from "../../cli/with-engine.js";
import type { TokenScope } from "../../runtime/keys/tokens.js";
import { formatCount } from "../../runtime/text/numbers.js";

/** One token, or a file with `tokens` of them. */
interface IssuedTokens {
  readonly token?: string;
  readonly file?: string;
  readonly tokens?: number;
  readonly scope: TokenScope;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

const subjects = ["voter", "voters", "gateway", "admin"];
const mostVoters = 10_000_000;

export default class TokenIssue extends DataCommand {
  static override summary = "Issue development tokens for voters, a gateway or an admin.";
  static override description =
    "Signed with the data directory's own secret (HS256). In production an identity provider " +
    "issues the tokens and ingest only knows its public keys.";
  static override examples = [
    "<%= config.bin %> token issue --voter alice --election lunch",
    "<%= config.bin %> token issue --gateway station-7 --election lunch --expires-in 12h",
    "<%= config.bin %> token issue --voters 10000 --election lunch --out tokens.txt",
  ];
  static override flags = {
    voter: Flags.string({
      helpValue: "<id>",
      description: "Voter id; the token allows that voter's ballot",
      exactlyOne: subjects,
    }),
    voters: wholeFlag({
      description: "So many tokens, of voter-1, voter-2 and so on, one a line; needs --out",
      exactlyOne: subjects,
      dependsOn: ["out"],
      min: 1,
      max: mostVoters,
    }),
    gateway: Flags.string({
      helpValue: "<name>",
      description: "Gateway's name; the token allows batches that name their voters",
      exactlyOne: subjects,
    }),
    admin: Flags.string({
      helpValue: "<name>",
      description: "Admin's name; the token allows creating, opening and closing elections",
      exactlyOne: subjects,
    }),
    election: Flags.string({
      helpValue: "<id>",
      description:
        "Election that it is for, repeat for more (default: those that take tokens of any)",
      multiple: true,
      multipleNonGreedy: true,
    }),
    "expires-in": Flags.string({
      helpValue: "<1h>",
      description: "How long it is valid",
      default: "1h",
    }),
    out: Flags.file({
      helpValue: "<file>",
      description: "Write to this file, which only its owner can read, and print no token",
    }),
  };

  async run(): Promise<IssuedTokens> {
    const { flags } = await this.parse(TokenIssue);
    const expiresInSeconds = Math.max(1, Math.floor(parseDurationMs(flags["expires-in"]) / 1_000));
    const { tokenIssuer } = await import("../../runtime/keys/tokens.js");
    const { voter, voters, gateway, admin, election, out } = flags;
    const other = gateway === undefined ? "admin" : "gateway";
    const scope: TokenScope = (voter ?? voters) ? "vote" : other;
    const nowMs = Date.now();
    const secret = await withExistingEngine(flags, ({ keys }) => keys.tokenSecret());
    const issue = tokenIssuer({ secret, scope, election, expiresInSeconds, nowMs });
    const known = { scope, expiresAt: nowMs + expiresInSeconds * 1_000 };
    const subject = voter ?? gateway ?? admin ?? "";
    if (out === undefined) {
      const token = issue(subject);
      this.log(token);
      return { token, ...known };
    }
    const { writeSecretLines } = await import("../../runtime/keys/secret-files.js");
    await writeSecretLines(
      out,
      voters === undefined ? [issue(subject)] : votersTokens(voters, issue),
    );
    const tokens = voters ?? 1;
    this.log(`Wrote ${formatCount(tokens)} ${tokens === 1 ? "token" : "tokens"} to ${out}.`);
    return { file: out, tokens, ...known };
  }
}

function* votersTokens(count: number, issue: (subject: string) => string): Generator<string> {
  for (let voter = 1; voter <= count; voter++) yield issue(`voter-${voter}`);
}
