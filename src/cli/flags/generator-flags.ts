import { readFile } from "node:fs/promises";
import { Flags, type Interfaces } from "@oclif/core";
import { chooseEngine, type EngineFlags } from "../../runtime/config/engine-choice.js";
import { messageOf, VoteError } from "../../runtime/core/errors.js";
import { requireAgentToken } from "../../runtime/load/agents/bearer.js";
import type { GeneratorProcesses } from "../../runtime/system/load/load-processes.js";
import { wholeFlag } from "./numbers.js";

/** The flag for the secret that agents and their coordinator share. */
export const agentTokenFlag = {
  "agent-token-file": Flags.file({
    helpGroup: "GENERATOR",
    helpValue: "<file>",
    description: "File with the agents' shared secret (default: the variable VOTE_AGENT_TOKEN)",
    env: "VOTE_AGENT_TOKEN_FILE",
  }),
};

/**
 * Reads the agents' shared secret.
 *
 * @throws VoteError `invalid-configuration` without a secret, or for a file that cannot be read
 */
export async function readAgentToken(flags: { "agent-token-file"?: string }): Promise<string> {
  const file = flags["agent-token-file"];
  if (file === undefined) return requireAgentToken(process.env.VOTE_AGENT_TOKEN);
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    const reason = messageOf(cause);
    const detail = `The agents' secret cannot be read: ${reason}.`;
    throw new VoteError("invalid-configuration", detail, { cause });
  });
  return requireAgentToken(text.replace(/\r?\n$/, ""));
}

/** The flag without which load never leaves this machine. */
export const ownedTargetFlag = {
  "i-own-this-target": Flags.boolean({
    helpGroup: "GENERATOR",
    description: "Allow targets and agents on other machines, which are yours to load",
  }),
};

/** Flags that choose who sends: this process, several on this machine, or agents. */
export const generatorFlags = {
  processes: wholeFlag({
    helpGroup: "GENERATOR",
    description: "Processes on this machine that share the sending",
    min: 1,
    max: 64,
    default: 1,
  }),
  agents: Flags.string({
    helpGroup: "GENERATOR",
    helpValue: "<host:port>",
    description: "Agents that send instead: HOST:PORT,HOST:PORT; see vote load agent --help",
  }),
  ...agentTokenFlag,
  ...ownedTargetFlag,
};

type GeneratorFlags = EngineFlags & Interfaces.InferredFlags<typeof generatorFlags>;

/**
 * Reads who sends from the flags.
 *
 * @returns undefined when this process sends
 * @throws VoteError `invalid-usage`, or `invalid-configuration` for agents without a secret
 */
export async function processesOf(flags: GeneratorFlags): Promise<GeneratorProcesses | undefined> {
  const { processes, agents } = flags;
  if (agents === undefined) {
    return processes === 1 ? undefined : { count: processes, choice: await chooseEngine(flags) };
  }
  if (processes !== 1) {
    throw new VoteError("invalid-usage", "--processes and --agents exclude each other.", {
      hint: "Start several `vote load agent` on a machine, and name each.",
    });
  }
  const token = await readAgentToken(flags);
  const { parseAgents } = await import("../../runtime/load/agents/addresses.js");
  return { agents: parseAgents(agents, flags["i-own-this-target"]), token };
}
