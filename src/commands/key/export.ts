import { writeFile } from "node:fs/promises";
import { Args, Flags } from "@oclif/core";
import { DataCommand } from "../../cli/data-command.js";
import { passphraseFlag, passphraseIn } from "../../cli/flags/passphrase-flag.js";
import { withExistingEngine } from "../../cli/with-engine.js";
import type { Election } from "../../runtime/core/election.js";
import { VoteError } from "../../runtime/core/errors.js";

interface ExportedKey extends Pick<Election, "keyId" | "keyFingerprint"> {
  readonly election: string;
  readonly file: string;
  readonly encrypted: boolean;
}

export default class KeyExport extends DataCommand {
  static override summary = "Export an election's voter key, for another host's ingest.";
  static override description =
    "The key turns voter ids into the tags that ballots carry: who has it can tell how a known " +
    "voter voted. The file can be read by its owner alone, and is never written over another. " +
    "`vote key import` takes it.";
  static override examples = [
    "<%= config.bin %> key export mascot --out mascot.key --passphrase-file passphrase.txt",
  ];
  static override args = { id: Args.string({ description: "Election id", required: true }) };
  static override flags = {
    out: Flags.file({
      helpValue: "<file>",
      description: "Write it to this file, which must not exist",
      required: true,
    }),
    ...passphraseFlag,
    plain: Flags.boolean({
      description: "Do not encrypt it",
      exactlyOne: ["plain", "passphrase-file"],
    }),
  };

  async run(): Promise<ExportedKey> {
    const { args, flags } = await this.parse(KeyExport);
    const { out } = flags;
    const passphrase = await passphraseIn(flags["passphrase-file"]);
    const { exportVoterKey } = await import("../../runtime/elections/voter-key.js");
    const content = await withExistingEngine(flags, (engine) =>
      exportVoterKey(engine, args.id, passphrase),
    );
    await writeNew(out, `${JSON.stringify(content, null, 2)}\n`);
    const { election, keyId, keyFingerprint, encrypted } = content;
    this.log(`The voter key of election ${election} is in ${out}.`);
    if (encrypted === undefined) {
      this.logToStderr(`${out} is NOT encrypted: whoever reads it can tell who voted how.`);
    }
    return { election, keyId, keyFingerprint, file: out, encrypted: encrypted !== undefined };
  }
}

async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: "wx", mode: 0o600, flush: true });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === "EEXIST" ? "it exists already" : String(code);
    throw new VoteError("invalid-usage", `Cannot write ${file}: ${why}.`, {
      hint: "Name a file that does not exist, in a directory that does.",
      cause,
    });
  }
}
