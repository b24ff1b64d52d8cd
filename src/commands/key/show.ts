import { Flags } from "@oclif/core";
import { DataCommand } from "../../cli/data-command.js";
import { chooseEngine, keysDirOf } from "../../runtime/config/engine-choice.js";
import { keyUses, type Signer } from "../../runtime/core/signers.js";

interface Keys {
  readonly keys: readonly Pick<Signer, "id" | "publicKey" | "use">[];
}

export default class KeyShow extends DataCommand {
  static override summary = "Show the public keys of this host, for `vote election trust`.";
  static override description =
    "Ingest and generators sign frames with one, close markers and changes are signed with the " +
    "other. They lie in the data directory's keys/ and are made when they are first needed.";
  static override examples = ["<%= config.bin %> key show --use frames"];
  static override flags = {
    use: Flags.option({ options: keyUses, description: "Only the key for this use" })(),
  };

  async run(): Promise<Keys> {
    const { flags } = await this.parse(KeyShow);
    const uses = flags.use === undefined ? keyUses : [flags.use];
    const { openKeyDirectory } = await import("../../runtime/keys/key-directory.js");
    const directory = openKeyDirectory(keysDirOf(await chooseEngine(flags)));
    const keys = await Promise.all(
      uses.map(async (use) => {
        const { id, publicKey } = await directory.signingKey(use);
        return { id, publicKey, use };
      }),
    );
    for (const { id, publicKey, use } of keys) this.log(`${use.padEnd(8)}${id}  ${publicKey}`);
    return { keys };
  }
}
