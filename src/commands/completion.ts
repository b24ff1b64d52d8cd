import { Args } from "@oclif/core";
import { type Shell, shells } from "../cli/completion/scripts.js";
import { VoteCommand } from "../cli/vote-command.js";

export default class Completion extends VoteCommand {
  static override summary = "Print a script that completes commands and flags in your shell.";
  static override description =
    'For bash and zsh: add eval "$(vote completion bash)" or its like to ~/.bashrc or ~/.zshrc. ' +
    "For fish: vote completion fish > ~/.config/fish/completions/vote.fish";
  static override examples = ["<%= config.bin %> completion bash"];
  static override args = {
    shell: Args.string({ options: [...shells], required: true, description: shells.join(", ") }),
  };

  async run(): Promise<{ readonly shell: Shell; readonly script: string }> {
    const { args } = await this.parse(Completion);
    const { completionScript } = await import("../cli/completion/scripts.js");
    const shell = args.shell as Shell;
    const script = completionScript(shell, this.config);
    this.log(script.trimEnd());
    return { shell, script };
  }
}
