import { VoteError } from "../../core/errors.js";
import { requireLoopback } from "../send/http/http-target.js";

/** An agent as the command line names it. */
export interface AgentAddress {
  /** As the user wrote it. */
  readonly name: string;
  /** Without a path. */
  readonly url: string;
}

const maxAgents = 256;

/**
 * Reads the list of agents.
 *
 * @param text  "host:port,host:port"; `https://host` for an agent behind TLS
 * @param owned addresses other than this machine's are allowed
 * @throws VoteError `invalid-usage`
 */
export function parseAgents(text: string, owned: boolean): AgentAddress[] {
  const agents = text.split(",").map((each) => parseAgent(each.trim(), owned));
  const twice = agents.find(({ url }, at) => agents.findIndex((one) => one.url === url) !== at);
  if (twice !== undefined) {
    throw new VoteError("invalid-usage", `The agent ${twice.name} is named twice.`, {
      hint: "An agent takes one share of a run.",
    });
  }
  if (agents.length <= maxAgents) return agents;
  throw new VoteError("invalid-usage", `${agents.length} agents: allowed are ${maxAgents}.`);
}

function parseAgent(name: string, owned: boolean): AgentAddress {
  const text = /^https?:\/\//.test(name) ? name : `http://${name}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isBare = url?.pathname === "/" && url.search === "" && url.username === "";
  if (url === undefined || !isBare || url.hostname === "") {
    throw new VoteError(
      "invalid-usage",
      `${name.slice(0, 80) || "Nothing"} is not an agent's address.`,
      {
        hint: "An agent is HOST:PORT, as `vote load agent` says when it is ready.",
      },
    );
  }
  if (!owned) requireLoopback(url.hostname.replace(/^\[|\]$/g, ""));
  return { name, url: url.origin };
}
