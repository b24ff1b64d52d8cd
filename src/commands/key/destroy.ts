import { Args, Flags } from "@oclif/core";
import { DataCommand } from "../../cli/data-command.js";
import { localActor } from "../../cli/election-admin.js";
import { withExistingEngine } from "../../cli/with-engine.js";
import { chooseEngine, keysDirOf } from "../../runtime/config/engine-choice.js";
import type { Election } from "../../runtime/core/election.js";
import { errorCatalogue, VoteError } from "../../runtime/core/errors.js";

export default class KeyDestroy extends DataCommand {
  static override summary = "Destroy this host's copy of a certified election's voter key.";
  static override description =
    "Without the key, nobody can tell which ballot is whose, nor whether somebody has voted. The " +
    "result, the recount and every audit stay as they are: none of them needs it. It cannot be " +
    "undone. The election's trail says who did it and when. Do it on each host that has the key, " +
    "and stop their ingests first: a process that runs may hold it in memory. Copies that the " +
    "file system, a snapshot or a backup keeps are yours to delete.";
  static override examples = ["<%= config.bin %> key destroy mascot --yes"];
  static override args = { id: Args.string({ description: "Election id", required: true }) };
  static override flags = {
    yes: Flags.boolean({ description: "Do not ask for the election's id" }),
  };

  async run(): Promise<Election> {
    const { args, flags } = await this.parse(KeyDestroy);
    if (!flags.yes) await this.#confirm(args.id);
    const directory = keysDirOf(await chooseEngine(flags));
    const { destroyVoterKey } = await import("../../runtime/elections/voter-key.js");
    const election = await withExistingEngine(flags, (engine) =>
      destroyVoterKey(engine, directory, args.id, { by: localActor(), at: Date.now() }),
    );
    this.log(`This host has no voter key of election ${election.id} any more.`);
    this.log("Other hosts, exported files and backups may still have it.");
    return election;
  }

  /** @throws VoteError `invalid-usage` where nobody can be asked, or for another id */
  async #confirm(id: string): Promise<void> {
    if (this.jsonEnabled() || !process.stdin.isTTY || !process.stderr.isTTY) {
      throw new VoteError("invalid-usage", "Destroying a key cannot be undone.", {
        hint: "Say that you mean it with --yes.",
      });
    }
    const { createInterface } = await import("node:readline/promises");
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    const leave = () => process.exit(errorCatalogue.interrupted.exitCode);
    terminal.on("SIGINT", leave).on("close", leave);
    const question = `This cannot be undone. Type the election's id to destroy its voter key: `;
    const answer = await terminal.question(question);
    terminal.off("close", leave).close();
    if (answer.trim() === id) return;
    throw new VoteError("invalid-usage", "That is not the election's id: nothing was destroyed.");
  }
}
