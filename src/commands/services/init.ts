import { Flags } from "@oclif/core";
import { VoteCommand } from "../../cli/vote-command.js";
import { errorCatalogue } from "../../runtime/core/errors.js";
import type {
  ClusterAction,
  ClusterFinding,
  ClusterReport,
} from "../../runtime/wiring/cluster-settings.js";

export default class ServicesInit extends VoteCommand {
  static override summary =
    "Create the cluster's tables and check the settings that durability needs.";
  static override description =
    "Works on the cluster that vote.yaml names, or on vote services of this machine. Creates " +
    "missing tables and lists what else has to change: replication, min.insync.replicas, " +
    "unclean leader election, retention, deletion protection, backups. Safe to repeat. Exits " +
    "with 99 while a setting is wrong.";
  static override examples = [
    "<%= config.bin %> services init",
    "<%= config.bin %> services init --check --config ./production.yaml",
    "<%= config.bin %> services init --apply",
  ];
  static override flags = {
    check: Flags.boolean({ description: "Change nothing", exclusive: ["apply"] }),
    apply: Flags.boolean({ description: "Also change the settings of existing topics" }),
  };

  async run(): Promise<ClusterReport> {
    const { flags } = await this.parse(ServicesInit);
    const { clusterConfig } = await import("../../runtime/config/cluster-config.js");
    const config = await clusterConfig({ config: flags.config });
    const { prepareCluster } = await import("../../runtime/wiring/cluster-settings.js");
    const report = await prepareCluster(config, actionOf(flags));
    for (const table of report.created) this.log(`✓ created table ${table}`);
    for (const topic of report.changed) this.log(`✓ changed topic ${topic}`);
    for (const finding of report.findings) this.log(findingText(finding));
    if (report.findings.length === 0) {
      this.log("✓ Topics and tables have the settings that durability needs.");
    } else process.exitCode = errorCatalogue["threshold-breached"].exitCode;
    return report;
  }
}

function actionOf({ check, apply }: { check: boolean; apply: boolean }): ClusterAction {
  if (check) return "check";
  return apply ? "apply" : "create";
}

const findingText = ({ part, name, setting, actual, wanted, fix }: ClusterFinding): string =>
  `✗ ${part} ${name}: ${setting} is ${actual}, must be ${wanted}\n    ${fix}`;
