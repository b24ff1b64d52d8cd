import { join } from "node:path";
import { loopback } from "../../processes/ports.js";
import { probeRedis } from "./probes.js";
import type { ServerSpec } from "./server-process.js";

/** Describes Redis or Valkey without persistence: a lost view is rebuilt from the ledger. */
export function redisServer(options: {
  readonly dir: string;
  readonly program: string;
  readonly port: number;
}): ServerSpec {
  const { dir, program, port } = options;
  const cwd = join(dir, "redis");
  const network = ["--bind", loopback, "--port", String(port), "--protected-mode", "yes"];
  return {
    name: "redis",
    service: "redis",
    port,
    command: program,
    args: [...network, "--save", "", "--appendonly", "no", "--loglevel", "warning", "--dir", cwd],
    cwd,
    log: join(dir, "logs", "redis.log"),
    probe: () => probeRedis(port),
  };
}
