import { availableParallelism, release, totalmem, type } from "node:os";

/** The machine that something was measured on. */
export interface HostFacts {
  readonly cores: number;
  readonly memoryGiB: number;
  /** Node.js version, without the "v". */
  readonly node: string;
  readonly os: string;
}

/** Describes this machine. */
export function hostFacts(): HostFacts {
  return {
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    os: `${type()} ${release()}`,
  };
}
