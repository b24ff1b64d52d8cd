import { Flags } from "@oclif/core";
import { VoteError } from "../../runtime/core/errors.js";
import { type Service, services } from "../../runtime/local-cluster/servers/versions.js";

/** The flag `--dir` of `vote services`. */
export const servicesDirFlag = Flags.string({
  helpValue: "<dir>",
  description: "Directory of the servers' data, logs and state",
  default: ".vote/services",
  env: "VOTE_SERVICES_DIR",
});

/** The flag `--servers` of `vote services`; see `parseServers`. */
export const serversFlag = Flags.string({
  helpValue: "<names>",
  description: `Only these: ${services.join(",")}`,
});

/**
 * Parses a list of servers, such as `kafka,redis`.
 *
 * @throws VoteError `invalid-usage`
 */
export function parseServers(text: string | undefined): Service[] | undefined {
  if (text === undefined) return undefined;
  return text.split(",").map((name) => {
    const service = services.find((one) => one === name.trim());
    if (service !== undefined) return service;
    throw new VoteError("invalid-usage", `There is no server "${name.trim().slice(0, 40)}".`, {
      hint: `Allowed are ${services.join(", ")}, separated by commas.`,
    });
  });
}
