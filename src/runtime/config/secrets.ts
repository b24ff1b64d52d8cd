import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Fields } from "../contracts/fields.js";

/** Where the configuration lies, and what stands around it. */
export interface SecretSource {
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** PEM texts; without one, the certificate authorities that the system trusts. */
export interface Tls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
}

/**
 * A value that does not stand in the configuration itself: `passwordFile` names the file that holds
 * it (from the configuration's folder on), `passwordVariable` the environment variable.
 *
 * @throws VoteError `invalid-configuration`
 */
export async function readSecret(
  fields: Fields,
  name: string,
  source: SecretSource,
): Promise<string | undefined> {
  const file = fields.optionalText(`${name}File`);
  const variable = fields.optionalText(`${name}Variable`);
  const literal = fields.optionalText(name);
  if (literal !== undefined) {
    const hint = `Put it into a file and write ${name}File, or write ${name}Variable.`;
    throw fields.refuse(name, "is a secret and must not stand here", hint);
  }
  if (variable !== undefined) {
    const value = source.env[variable];
    if (value) return value;
    throw fields.refuse(`${name}Variable`, `names ${variable}, which is not set`, "Set it.");
  }
  if (file === undefined) return undefined;
  const path = resolve(source.folder, file);
  try {
    return (await readFile(path, "utf8")).replace(/\r?\n$/, "");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw fields.refuse(`${name}File`, `cannot be read: ${reason}`, "Check path and permissions.");
  }
}

/** @throws VoteError `invalid-configuration` */
export async function readTls(fields: Fields, source: SecretSource): Promise<Tls> {
  const ca = await readSecret(fields, "ca", source);
  const cert = await readSecret(fields, "certificate", source);
  const key = await readSecret(fields, "key", source);
  const servername = fields.optionalText("serverName");
  fields.requireNoOthers();
  if ((cert === undefined) !== (key === undefined)) {
    throw fields.refuse("certificateFile", "and keyFile go together", "Write both, or neither.");
  }
  // Without the fields that are not there: the clients take an undefined one for a given one.
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(servername === undefined ? {} : { servername }),
  };
}
