import type { IssuerFields } from "../../contracts/config/issuers.js";
import { VoteError } from "../../core/errors.js";
import { authoritiesWith, fetchTrusting } from "../../http/trust.js";
import { type Clock, every, systemClock } from "../../time/clock.js";
import { type KeyDirectory, readTokenSecret } from "../key-directory.js";
import { fetchKeySet, isSafe } from "./fetch-key-set.js";
import { issuerOf } from "./issuer.js";
import { IssuerKeys } from "./issuer-keys.js";
import { readJwks } from "./jwks.js";
import { KeyRing } from "./key-ring.js";
import { createTokenVerifier, type TokenVerifier, type TrustedIssuer } from "./token-verifier.js";

export interface VerifierOptions {
  /** HS256 secret, as `readTokenSecret` reads it. */
  readonly secretFile?: string | undefined;
  readonly issuers?: readonly IssuerFields[];
  readonly clock?: Clock;
  /** Hears when an issuer's keys cannot be fetched; that is tried again. */
  readonly notice?: (what: string, error: unknown) => void;
}

/** A verifier whose issuers' keys are fetched in the background. */
export interface OpenVerifier extends TokenVerifier {
  /** Fetches now what is due. */
  refresh(): Promise<void>;
}

/** How often somebody looks whether keys are due. */
const lookMs = 10_000;

/**
 * Opens a verifier of the named issuers' tokens, and fetches their keys until the process ends. If
 * nothing is named, it uses the key directory's own secret: an operator with real keys must not
 * accept development tokens. An issuer that cannot be reached keeps nobody from starting.
 *
 * @throws VoteError `invalid-usage` for a file that cannot be used, or `invalid-configuration`
 */
export async function openTokenVerifier(
  keys: KeyDirectory,
  { secretFile, issuers = [], clock = systemClock, notice }: VerifierOptions = {},
): Promise<OpenVerifier> {
  const ownSecret = secretFile === undefined && issuers.length === 0;
  const secret = ownSecret ? await keys.tokenSecret() : undefined;
  const fetched: IssuerKeys[] = [];
  const trusted = await Promise.all(
    issuers.map(async (fields): Promise<TrustedIssuer> => {
      const issuer = issuerOf(fields);
      if (fields.jwksFile !== undefined) {
        return { ...issuer, keys: new KeyRing(await readJwks(fields.jwksFile)) };
      }
      const onFailure = (error: unknown) => notice?.(`keys of issuer ${issuer.issuer}`, error);
      const source = await remoteKeys(fields, clock, onFailure);
      fetched.push(source);
      return { ...issuer, keys: source };
    }),
  );
  const refresh = async () => {
    await Promise.all(fetched.map((source) => source.refreshIfDue()));
  };
  await refresh();
  if (fetched.length > 0) every(clock, lookMs, () => void refresh());
  const verifier = createTokenVerifier({
    secret: secretFile === undefined ? secret : await readTokenSecret(secretFile),
    issuers: trusted,
    wallClock: () => clock.wallClock(),
  });
  return { ...verifier, refresh };
}

async function remoteKeys(
  { issuer, jwksUrl, caFile }: IssuerFields,
  clock: Clock,
  onFailure: (error: unknown) => void,
): Promise<IssuerKeys> {
  const address = jwksUrl ?? issuer;
  if (!isSafe(address)) {
    throw new VoteError("invalid-configuration", `${address} is not an https:// address.`, {
      hint: "Give the issuer's, a jwksUrl, or a jwksFile.",
    });
  }
  const get = caFile === undefined ? fetch : fetchTrusting(await authoritiesWith(caFile));
  const fetchKeys = () => fetchKeySet({ issuer, jwksUrl }, get);
  return new IssuerKeys({ fetchKeySet: fetchKeys, clock, onFailure });
}
