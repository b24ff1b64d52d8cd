import { Args, Command } from "@oclif/core";

export default class HelpCommand extends Command {
  static override summary = "Show the commands, or the help of one.";
  static override examples = ["<%= config.bin %> help election create"];
  static override args = { command: Args.string({ description: "Its words" }) };
  static override strict = false;

  async run(): Promise<void> {
    const { argv } = await this.parse(HelpCommand);
    const { VoteHelp } = await import("../cli/help/help.js");
    await new VoteHelp(this.config).showHelp(argv.map(String));
  }
}
