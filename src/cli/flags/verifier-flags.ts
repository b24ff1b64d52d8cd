import { Flags, type Interfaces } from "@oclif/core";
import type { EngineFlags } from "../../runtime/config/engine-choice.js";
import type { IssuerFields } from "../../runtime/contracts/config/issuers.js";
import { VoteError } from "../../runtime/core/errors.js";
import type { TokenVerifier } from "../../runtime/keys/authentication/token-verifier.js";
import type { KeyDirectory } from "../../runtime/keys/key-directory.js";
import type { Logger } from "../../runtime/telemetry/logger.js";

/** Flags for whose bearer tokens a role believes; see `verifierFor`. */
export const verifierFlags = {
  issuer: Flags.string({
    helpGroup: "TOKENS",
    helpValue: "<url>",
    description: "Identity provider whose tokens count (OpenID Connect); vote.yaml takes several",
    env: "VOTE_ISSUER",
  }),
  "jwks-file": Flags.file({
    helpGroup: "TOKENS",
    helpValue: "<file>",
    description: "The issuer's public keys, instead of those that it publishes",
    env: "VOTE_JWKS_FILE",
  }),
  "token-secret-file": Flags.file({
    helpGroup: "TOKENS",
    helpValue: "<file>",
    description: "Secret to verify tokens with (HS256; default: the data directory's own)",
    env: "VOTE_TOKEN_SECRET_FILE",
  }),
};

type VerifierFlags = Interfaces.InferredFlags<typeof verifierFlags> & Pick<EngineFlags, "config">;

/**
 * Opens the verifier that flags, environment and vote.yaml ask for. A single issuer by flag may
 * allow everything.
 *
 * @throws VoteError `invalid-usage` or `invalid-configuration`
 */
export async function verifierFor(
  keys: KeyDirectory,
  flags: VerifierFlags,
  logger: Logger,
): Promise<TokenVerifier> {
  const { openTokenVerifier } = await import("../../runtime/keys/authentication/open-verifier.js");
  return openTokenVerifier(keys, {
    secretFile: flags["token-secret-file"],
    issuers: await issuersOf(flags),
    notice: (what, error) => logger.warn({ err: error }, what),
  });
}

async function issuersOf(flags: VerifierFlags): Promise<readonly IssuerFields[]> {
  const { issuer, "jwks-file": jwksFile } = flags;
  if (issuer !== undefined) {
    return [{ issuer, ...(jwksFile && { jwksFile }), scopes: ["vote", "gateway", "admin"] }];
  }
  if (jwksFile !== undefined) {
    throw new VoteError("invalid-usage", "--jwks-file says nothing of whose keys these are.", {
      hint: "Name the issuer, the iss of its tokens, with --issuer.",
    });
  }
  // A secret by flag is meant to stand for everything that is configured elsewhere.
  if (flags["token-secret-file"] !== undefined) return [];
  const { readConfigFiles } = await import("../../runtime/config/config-file.js");
  const files = await readConfigFiles(flags.config, process.env);
  return files.find(({ issuers }) => issuers !== undefined)?.issuers ?? [];
}
