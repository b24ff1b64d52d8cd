import { Flags } from "@oclif/core";
import { DaemonCommand, listenFlags } from "../cli/daemon-command.js";
import type { TokenVerifier } from "../runtime/keys/tokens.js";

export default class Ingest extends DaemonCommand {
  static override summary = "Take ballots over HTTP and make them durable in the log.";
  static override description =
    "Answers 202 once a ballot is on disk. Never counts. Several may share one data directory.";
  static override examples = [
    "<%= config.bin %> ingest --data-dir ./data --port 4000",
    "<%= config.bin %> ingest --jwks-file ./identity-provider.jwks.json",
  ];
  static override flags = {
    ...listenFlags(4000),
    "jwks-file": Flags.file({
      description: "Public keys that tokens are verified by (RS256, ES256, EdDSA)",
      env: "VOTE_JWKS_FILE",
    }),
    "token-secret-file": Flags.file({
      description: "Secret that tokens are verified by (HS256; default: the data directory's own)",
      env: "VOTE_TOKEN_SECRET_FILE",
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Ingest);
    const verifier = await verifierOf(flags["jwks-file"], flags["token-secret-file"]);
    await this.runRole("ingest", flags, async ({ log, registry, keys }, logger) => {
      const { startIngest } = await import("../runtime/ingest/server.js");
      const given = verifier === undefined ? {} : { verifier };
      const { host, port } = flags;
      return startIngest({ log, registry, keys, host, port, logger, ...given });
    });
  }
}

/** None if neither file is named: then the data directory's own secret verifies. */
async function verifierOf(
  jwksFile: string | undefined,
  secretFile: string | undefined,
): Promise<TokenVerifier | undefined> {
  if (jwksFile === undefined && secretFile === undefined) return undefined;
  const { createTokenVerifier, readJwks } = await import("../runtime/keys/tokens.js");
  const { readTokenSecret } = await import("../runtime/keys/key-directory.js");
  return createTokenVerifier({
    ...(jwksFile === undefined ? {} : { jwks: await readJwks(jwksFile) }),
    ...(secretFile === undefined ? {} : { secret: await readTokenSecret(secretFile) }),
  });
}
