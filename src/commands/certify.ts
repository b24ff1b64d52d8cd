import { Flags } from "@oclif/core";
import { DaemonCommand } from "../cli/daemon-command.js";
import { explain, type Failure } from "../cli/failure.js";
import { wholeFlag } from "../cli/flags/numbers.js";
import { parseDurationMs } from "../cli/flags/times.js";
import { verdictText } from "../cli/text/certify-text.js";
import { WorkProgress } from "../cli/text/work-progress.js";
import { withExistingEngine } from "../cli/with-engine.js";
import type { EngineFlags } from "../runtime/config/engine-choice.js";
import { messageOf } from "../runtime/core/errors.js";
import type { CertifierEvents, RunningCertifier } from "../runtime/recount/certifier/certifier.js";
import type { CertifyVerdict } from "../runtime/recount/certifier/certify-once.js";
import type { Logger } from "../runtime/telemetry/logger.js";
import type { Engine } from "../runtime/wiring/engine.js";

interface OnceFlags extends EngineFlags {
  readonly election?: string;
  readonly wait: string;
}

export default class Certify extends DaemonCommand {
  static override summary = "Recount elections as they close, and make their results official.";
  static override description =
    "Waits for the seals, recounts ledger and log, compares with the live count, and certifies. " +
    "Where something does not agree it stops, for that election only, and names the first wrong " +
    "place. Of several certifiers one recounts at a time, and there is one certificate.";
  static override examples = [
    "<%= config.bin %> certify --data-dir ./data",
    "<%= config.bin %> certify --once",
    "<%= config.bin %> certify --once --election mascot",
  ];

  static override flags = {
    election: Flags.string({
      helpValue: "<id>",
      description: "Look after this election only (default: all)",
    }),
    once: Flags.boolean({
      description: "Certify what is closed now, and end: with 3 if anything disagrees",
    }),
    wait: Flags.string({
      helpValue: "<30s>",
      description: "With --once: how long to wait for the seals",
      default: "30s",
    }),
    "status-port": wholeFlag({
      description:
        "Port for probes, GET /statusz and /metrics; 0 takes any free one (default: none)",
      min: 0,
      max: 65_535,
      env: "VOTE_CERTIFY_STATUS_PORT",
    }),
    host: Flags.string({
      helpValue: "<address>",
      description: "Address for the status port",
      default: "127.0.0.1",
    }),
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(Certify);
    if (flags.once) return this.#once(flags);
    await this.runRole("certify", flags, async (engine, logger) => {
      const { startCertifier } = await import("../runtime/recount/certifier/certifier.js");
      const { host, election: only, "status-port": port } = flags;
      const certifier = startCertifier({
        ...(await worldOf(engine)),
        clocks: engine.clocks,
        events: logged(logger),
        only,
      });
      const status = port === undefined ? undefined : await statusOf(engine, certifier, host, port);
      return {
        ...(status === undefined ? {} : { url: status.url, metricsUrl: status.metricsUrl }),
        async stop() {
          await status?.stop();
          await certifier.stop();
        },
      };
    });
    return undefined;
  }

  async #once(flags: OnceFlags): Promise<{ readonly elections: readonly object[] }> {
    const sealsWithinMs = parseDurationMs(flags.wait);
    const verdicts = await withExistingEngine(flags, async (engine) => {
      const { certifyOnce } = await import("../runtime/recount/certifier/certify-once.js");
      const signal = new AbortController().signal;
      const world = { ...(await worldOf(engine)), signal };
      const progress = new WorkProgress();
      const watchOf = ({
        id,
        partitions,
      }: {
        readonly id: string;
        readonly partitions: number;
      }) => ({
        step(step: string) {
          if (step === "recounting") progress.begin(`Recounting ${id}`, partitions, "partitions");
          else progress.end();
        },
        partition: (ballots: number) => progress.done(1, ballots),
        disputeNotStored: (error: unknown) =>
          this.warn(`The registry does not say that ${id} is disputed: ${messageOf(error)}`),
      });
      return certifyOnce({ ...world, only: flags.election, sealsWithinMs, watchOf });
    });
    if (verdicts.length === 0) this.log("No election is closed and awaits its certificate.");
    const failures: Failure[] = [];
    const elections: object[] = [];
    for (const verdict of verdicts) elections.push(await this.#told(verdict, failures));
    const codes = failures.map(({ exitCode }) => exitCode);
    // Evidence that does not agree outweighs what may only need another try.
    if (codes.length > 0) process.exitCode = codes.includes(3) ? 3 : codes[0];
    return { elections };
  }

  async #told(verdict: CertifyVerdict, failures: Failure[]): Promise<object> {
    const { election, certificate, error } = verdict;
    if (certificate !== undefined) {
      this.log(verdictText(verdict));
      const { digest, certifiedAt, certifiedBy, counted, result } = certificate;
      return { election, official: true, digest, certifiedAt, certifiedBy, counted, result };
    }
    const failure = explain(error, { command: "vote certify", flags: [] });
    failures.push(failure);
    this.log(verdictText(verdict, failure.detail));
    const { code, detail, hint } = failure;
    if (hint !== undefined) this.log(`  Hint: ${await this.spoken(hint)}`);
    return { election, official: false, error: { code, detail, hint } };
  }
}

async function worldOf(engine: Engine) {
  const { systemClock: clock } = await import("../runtime/time/clock.js");
  const { systemChance: chance } = await import("../runtime/time/chance.js");
  const { registry, ledger, log, view, keys } = engine;
  // Reading over a network leaves time for other partitions; a disk of this machine does not.
  const partitionsAtOnce = engine.name === "cluster" ? 4 : 1;
  return { registry, ledger, log, view, keys, clock, chance, partitionsAtOnce };
}

async function statusOf(engine: Engine, certifier: RunningCertifier, host: string, port: number) {
  const { startStatusServer } = await import("../runtime/http/status.js");
  const { storeChecksOf } = await import("../runtime/system/store-checks.js");
  const stores = storeChecksOf(engine, ["log", "ledger", "view"]);
  const ready = () => certifier.requireReady();
  const { clocks } = engine;
  const metrics = () => certifier.metrics();
  return startStatusServer({ role: "certify", stores, clocks, metrics, ready, host, port });
}

function logged(logger: Logger): CertifierEvents {
  return {
    progress: (work) => logger.info(work, "recounting"),
    certified: (election, digest, comparedPartitions) =>
      logger.info({ election, digest, comparedPartitions }, "official"),
    mismatch: (election, error) =>
      logger.error({ election, err: error, hint: error.hint }, "nothing is certified"),
    disputeNotStored: (election, error) =>
      logger.error({ election, err: error }, "the registry does not say that it is disputed"),
    trouble: (election, error) =>
      logger.warn({ ...(election === undefined ? {} : { election }), err: error }, "tried again"),
  };
}
