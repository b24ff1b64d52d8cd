import { VoteCommand } from "../cli/vote-command.js";

interface Version {
  readonly version: string;
  readonly node: string;
  readonly platform: string;
}

export default class VersionCommand extends VoteCommand {
  static override summary = "Show the versions of this program and of Node.";
  static override examples = ["<%= config.bin %> version --json"];

  async run(): Promise<Version> {
    await this.parse(VersionCommand);
    const { version, arch, platform } = this.config;
    this.log(this.config.userAgent);
    return { version, node: process.version, platform: `${platform}-${arch}` };
  }
}
