import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { TlsFields } from "../contracts/config/vote-yaml.js";
import type { Refuse } from "../contracts/schema/check.js";
import { messageOf } from "../core/errors.js";

/** Where the configuration lies, and what stands around it. */
export interface SecretSource {
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly refuse: Refuse;
}

/** PEM texts; without `ca`, the certificate authorities that the system trusts. */
export interface Tls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
}

/**
 * Reads a secret, which does not stand in the configuration itself.
 *
 * @param field    its path: `redis.password`
 * @param file     the file that holds it, from the configuration's folder on
 * @param variable the environment variable that holds it, which goes first
 * @throws VoteError `invalid-configuration`
 */
export async function readSecret(
  field: string,
  file: string | undefined,
  variable: string | undefined,
  { folder, env, refuse }: SecretSource,
): Promise<string | undefined> {
  if (variable !== undefined) {
    const value = env[variable];
    if (value) return value;
    throw refuse(`${field}Variable`, `names ${variable}, which is not set`, "Set it.");
  }
  if (file === undefined) return undefined;
  try {
    return (await readFile(resolve(folder, file), "utf8")).replace(/\r?\n$/, "");
  } catch (error) {
    const reason = messageOf(error);
    throw refuse(`${field}File`, `cannot be read: ${reason}`, "Check path and permissions.");
  }
}

/**
 * Reads the certificates and the key of a group `tls`.
 *
 * @param field its path: `kafka.tls`
 * @throws VoteError `invalid-configuration`
 */
export async function readTls(field: string, tls: TlsFields, source: SecretSource): Promise<Tls> {
  const { caFile, caVariable, certificateFile, certificateVariable } = tls;
  const { keyFile, keyVariable, serverName: servername } = tls;
  const read = (name: string, file: string | undefined, variable: string | undefined) =>
    readSecret(`${field}.${name}`, file, variable, source);
  const ca = await read("ca", caFile, caVariable);
  const cert = await read("certificate", certificateFile, certificateVariable);
  const key = await read("key", keyFile, keyVariable);
  if ((cert === undefined) !== (key === undefined)) {
    const detail = "and keyFile go together";
    throw source.refuse(`${field}.certificateFile`, detail, "Write both, or neither.");
  }
  // Without the fields that are not there: the clients take an undefined one for a given one.
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(servername === undefined ? {} : { servername }),
  };
}
