import { availableParallelism, release, totalmem, type } from "node:os";
import type { HostFacts } from "../contracts/load/host-facts.js";

/** Describes this machine. */
export function hostFacts(): HostFacts {
  return {
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    os: `${type()} ${release()}`,
  };
}
