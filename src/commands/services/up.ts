import { Flags } from "@oclif/core";
import { parseServers, serversFlag, servicesDirFlag } from "../../cli/flags/services-flags.js";
import { WorkProgress } from "../../cli/text/work-progress.js";
import { VoteCommand } from "../../cli/vote-command.js";
import type { Services } from "../../runtime/local-cluster/services.js";
import type { Endpoints } from "../../runtime/local-cluster/state.js";

export default class ServicesUp extends VoteCommand {
  static override summary = "Start Kafka, DynamoDB Local and Redis on this machine.";
  static override description =
    "Starts real servers without Docker, on the loopback address only. They run until vote " +
    "services down. A server that runs already is kept; one that has ended starts again over its " +
    "data. Needs Java 17 or later, Maven for the first start, and redis-server or valkey-server.";
  static override examples = [
    "<%= config.bin %> services up",
    "<%= config.bin %> services up --brokers 3 --dir ./three",
    "<%= config.bin %> services up --servers kafka,redis --json",
  ];
  static override jsonLines = true;
  static override flags = {
    dir: servicesDirFlag,
    servers: serversFlag,
    brokers: Flags.integer({
      description:
        "Kafka brokers; 3 keep every record three times and survive the loss of one (default: " +
        "as many as the directory holds data for, or 1)",
      options: ["1", "3"],
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ServicesUp);
    const { startServices } = await import("../../runtime/local-cluster/services.js");
    const running = await startServices({
      dir: flags.dir,
      services: parseServers(flags.servers),
      brokers: flags.brokers,
      announce: true,
      onStep: (what) => this.log(`· ${what}`),
      watch: new WorkProgress(),
    });
    const readyMs = Math.round(performance.now());
    this.line(readyRecord(running, readyMs));
    for (const { name, pid, port } of running.servers) {
      const word = running.started.includes(name) ? "started" : "was running";
      this.log(`  ${name.padEnd(10)}port ${port}, process ${pid}, ${word}`);
    }
    const seconds = (readyMs / 1_000).toFixed(1);
    this.log(`READY ${addresses(running.endpoints)} (${seconds} s)`);
    this.log(`\nNext: ${await this.command("demo --engine cluster")}`);
  }
}

function readyRecord({ dir, brokers, endpoints, servers, started }: Services, readyMs: number) {
  return {
    event: "ready",
    dir,
    brokers,
    ...endpoints,
    servers: servers.map(({ name, service, pid, port, log }) => ({
      name,
      service,
      pid,
      port,
      log,
      started: started.includes(name),
    })),
    readyMs,
  };
}

/** `kafka 127.0.0.1:9092, dynamodb http://127.0.0.1:8000, redis redis://127.0.0.1:6379` */
function addresses({ kafka, dynamodb, redis }: Endpoints): string {
  const all = [
    kafka && `kafka ${kafka.brokers.join(",")}`,
    dynamodb && `dynamodb ${dynamodb.endpoint}`,
    redis && `redis ${redis.url}`,
  ];
  return all.filter((text) => text !== undefined).join(", ");
}
