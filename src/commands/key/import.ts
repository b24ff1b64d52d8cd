import { readFile } from "node:fs/promises";
import { Args } from "@oclif/core";
import { DataCommand } from "../../cli/data-command.js";
import { passphraseFlag, passphraseIn } from "../../cli/flags/passphrase-flag.js";
import { withExistingEngine } from "../../cli/with-engine.js";
import { chooseEngine, keysDirOf } from "../../runtime/config/engine-choice.js";
import type { Election } from "../../runtime/core/election.js";
import { VoteError } from "../../runtime/core/errors.js";

type ImportedKey = Pick<Election, "keyId" | "keyFingerprint"> & { readonly election: string };

export default class KeyImport extends DataCommand {
  static override summary = "Import an election's voter key from another host.";
  static override description =
    "Puts what `vote key export` has written into the data directory's keys/, if it is the key " +
    "that the election was created with: by its fingerprint in the election's record. Safe to " +
    "repeat. Remove the file afterwards.";
  static override examples = [
    "<%= config.bin %> key import mascot.key --passphrase-file passphrase.txt",
  ];
  static override args = {
    file: Args.string({ description: "File of `vote key export`", required: true }),
  };
  static override flags = { ...passphraseFlag };

  async run(): Promise<ImportedKey> {
    const { args, flags } = await this.parse(KeyImport);
    const { parseVoterKeyFile } = await import("../../runtime/contracts/config/voter-key-file.js");
    const content = parseVoterKeyFile(await contentOf(args.file), args.file);
    const passphrase = await passphraseIn(flags["passphrase-file"]);
    const directory = keysDirOf(await chooseEngine(flags));
    const { importVoterKey } = await import("../../runtime/elections/voter-key.js");
    const { id, keyId, keyFingerprint } = await withExistingEngine(flags, (engine) =>
      importVoterKey(engine, directory, content, passphrase),
    );
    this.log(`This host has the voter key of election ${id}. Remove ${args.file}.`);
    return { election: id, keyId, keyFingerprint };
  }
}

async function contentOf(file: string): Promise<string> {
  return readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new VoteError("invalid-usage", `Cannot read ${file} (${cause.code}).`, {
      hint: "Check its path, and that you may read it.",
      cause,
    });
  });
}
