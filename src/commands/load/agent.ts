import { DaemonCommand } from "../../cli/daemon-command.js";
import {
  agentTokenFlag,
  ownedTargetFlag,
  readAgentToken,
} from "../../cli/flags/generator-flags.js";
import { addressFlags } from "../../cli/flags/listen.js";

export default class LoadAgent extends DaemonCommand {
  static override summary = "Send the shares of load runs that vote load --agents hands out.";
  static override description =
    "A generator process on this or another machine. It takes a share of one run at a time " +
    "from a coordinator with the same secret, and opens the coordinator's engine. Requests " +
    "travel over plain HTTP: between machines, use a private network or a tunnel.";
  static override examples = [
    "VOTE_AGENT_TOKEN_FILE=agents.secret <%= config.bin %> <%= command.id %> --engine cluster",
    "<%= config.bin %> <%= command.id %> --host 10.0.0.5 --agent-token-file agents.secret",
  ];
  static override flags = { ...addressFlags(4010), ...agentTokenFlag, ...ownedTargetFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(LoadAgent);
    const token = await readAgentToken(flags);
    await this.runRole("load agent", flags, async ({ log, view, registry, keys }, logger) => {
      const { startAgent } = await import("../../runtime/load/agents/server.js");
      const { systemClock: clock } = await import("../../runtime/time/clock.js");
      const { host, port } = flags;
      const ownsTargets = flags["i-own-this-target"];
      const engine = { log, view, registry, keys };
      return startAgent({ ...engine, host, port, token, ownsTargets, clock, logger });
    });
  }
}
