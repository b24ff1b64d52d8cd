import { readFile } from "node:fs/promises";
import { Flags } from "@oclif/core";
import { VoteError } from "../../runtime/core/errors.js";

const minCharacters = 16;

/** Names the file of a passphrase: a secret never comes by a flag. */
export const passphraseFlag = {
  "passphrase-file": Flags.file({
    helpValue: "<file>",
    description: `File with the key's passphrase: ${minCharacters} characters or more`,
  }),
};

/**
 * Reads a passphrase: all characters of the file, except a line break at the end.
 *
 * @throws VoteError `invalid-usage` for a file that cannot be read, or a passphrase that is short
 */
export async function passphraseIn(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const content = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new VoteError("invalid-usage", `Cannot read ${file} (${cause.code}).`, {
      hint: "Name a file that holds the passphrase.",
      cause,
    });
  });
  const passphrase = content.replace(/\r?\n$/, "");
  if (passphrase.length >= minCharacters) return passphrase;
  throw new VoteError("invalid-usage", `The passphrase in ${file} is too short.`, {
    hint: `Take ${minCharacters} characters or more, drawn at random.`,
  });
}
