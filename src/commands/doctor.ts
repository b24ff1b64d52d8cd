import { DataCommand } from "../cli/data-command.js";
import { doctorText } from "../cli/text/doctor-text.js";
import type { DoctorReport } from "../runtime/contracts/config/doctor-report.js";

export default class Doctor extends DataCommand {
  static override summary = "Check this host and its stores before an election.";
  static override description =
    "Looks at Node, the clock, open files, the data directory, free space, keys, the stores and " +
    "their settings, and says of each what to do. Changes nothing. Exits with 69 when a store is " +
    "down, and with 0 when nothing failed; warnings count as nothing.";
  static override examples = [
    "<%= config.bin %> doctor",
    "<%= config.bin %> doctor --config ./production.yaml --json",
  ];

  async run(): Promise<DoctorReport> {
    const { flags } = await this.parse(Doctor);
    const { chooseEngine } = await import("../runtime/config/engine-choice.js");
    const { examine, exitCodeOf } = await import("../runtime/system/doctor/doctor.js");
    const report = await examine(await chooseEngine(flags));
    const fixes = await Promise.all(
      report.checks.map(({ fix }) => (fix === undefined ? undefined : this.spoken(fix))),
    );
    this.log(doctorText(report, fixes));
    process.exitCode = exitCodeOf(report);
    return report;
  }
}
