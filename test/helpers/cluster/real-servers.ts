import { cachedClasspath } from "../../../src/runtime/local-cluster/servers/classpath.js";
import { findTools, type ToolName } from "../../../src/runtime/local-cluster/servers/tools.js";
import {
  services as allServices,
  artifacts,
  type Service,
} from "../../../src/runtime/local-cluster/servers/versions.js";

/**
 * Whether a suite over real servers runs here: wherever they can be started. With VOTE_CLUSTER=1 it
 * has to run, and fails where they cannot; with VOTE_CLUSTER=0 it does not. What does not run says
 * so in one loud line, with the way to get it.
 */
export async function realServers(
  suite: string,
  needed: readonly Service[] = allServices,
): Promise<boolean> {
  if (process.env.VOTE_CLUSTER === "1") return true;
  const why =
    process.env.VOTE_CLUSTER === "0" ? "VOTE_CLUSTER=0 leaves it out." : await missing(needed);
  if (why === undefined) return true;
  console.warn(`NOT RUN: ${suite}. ${why}`);
  return false;
}

/** What the servers lack on this machine, or undefined when they can be started. */
async function missing(needed: readonly Service[]): Promise<string | undefined> {
  const tools = new Set<ToolName>();
  for (const service of needed) {
    tools.add(service === "redis" ? "redis" : "java");
    if (service === "redis") continue;
    if ((await cachedClasspath(artifacts[service])) === undefined) tools.add("maven");
  }
  try {
    await findTools([...tools]);
    return undefined;
  } catch (error) {
    const hint = (error as { hint?: string }).hint;
    return `${(error as Error).message}${hint === undefined ? "" : ` ${hint}`}`;
  }
}
