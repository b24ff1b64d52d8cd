import { type Services, startServices } from "../../local-cluster/services.js";
import { Ports } from "../../processes/ports.js";
import { FaultProxy } from "../proxy/fault-proxy.js";
import { dynamoDialect, kafkaDialect, redisDialect } from "../proxy/wire-dialects.js";

/** A proxy in front of each server; the brokers' in their order. */
export interface Proxies {
  readonly kafka: readonly FaultProxy[];
  readonly dynamodb: FaultProxy;
  readonly redis: FaultProxy;
}

export interface StageOptions {
  /** For the servers alone. */
  readonly dir: string;
  readonly seed: number;
  /** Hears of slow steps, one sentence each. */
  readonly onStep: (what: string) => void;
}

const brokers = 3;

/** Beside the partitions, so that a broker can lose these and keep its vote. */
const kafkaProperties = { "metadata.log.dir": "metadata" };

/** Three brokers, DynamoDB Local and Redis, tied to this process, with a proxy before each. */
export class Stage {
  readonly services: Services;
  readonly proxies: Proxies;

  private constructor(services: Services, proxies: Proxies) {
    this.services = services;
    this.proxies = proxies;
  }

  /** @throws VoteError as `startServices` does */
  static async start({ dir, seed, onStep }: StageOptions): Promise<Stage> {
    const ports = new Ports();
    const kafka: FaultProxy[] = [];
    try {
      for (let broker = 0; broker < brokers; broker++) {
        const target = await ports.choose();
        const port = await ports.choose();
        const own = seed + broker;
        kafka.push(await FaultProxy.start({ target, port, dialect: kafkaDialect, seed: own }));
      }
      const proxiedListeners = kafka.map(({ target, port }) => {
        return { port: target, advertisedPort: port };
      });
      const services = await startServices({
        ...{ dir, brokers, proxiedListeners, kafkaProperties, onStep },
        ...{ ports: "any", otherPorts: ports, endWithParent: true },
      });
      const inFrontOf = (name: string, dialect: typeof redisDialect, own: number) =>
        FaultProxy.start({ target: services.server(name).port, dialect, seed: own });
      const dynamodb = await inFrontOf("dynamodb", dynamoDialect, seed + brokers);
      const redis = await inFrontOf("redis", redisDialect, seed + brokers + 1);
      return new Stage(services, { kafka, dynamodb, redis });
    } catch (error) {
      await Promise.all(kafka.map((proxy) => proxy.close()));
      throw error;
    }
  }

  /** The proxies, each server's together. */
  get wires(): readonly (readonly FaultProxy[])[] {
    const { kafka, dynamodb, redis } = this.proxies;
    return [kafka, [dynamodb], [redis]];
  }

  /** Lets everything through again. */
  pass(): void {
    for (const proxy of this.wires.flat()) proxy.pass();
  }

  /** Ends every server, by its process id, and every proxy. Files stay. */
  async stop(): Promise<void> {
    await Promise.all(this.services.servers.map((server) => server.kill()));
    await Promise.all(this.wires.flat().map((proxy) => proxy.close()));
  }
}
