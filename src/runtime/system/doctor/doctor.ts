import type { EngineChoice } from "../../config/engine-choice.js";
import type { DoctorCheck, DoctorReport } from "../../contracts/config/doctor-report.js";
import { type ErrorCode, errorCatalogue } from "../../core/errors.js";
import { maxConnectionsOf } from "../../http/connections/connection-limits.js";
import { nodeRange, programVersion } from "../../telemetry/program.js";
import { resourcesOf } from "../../telemetry/resources.js";
import { directoryChecks, exists, keyFileChecks } from "./directory-checks.js";
import { ok } from "./finding.js";
import { diskCheck, nodeCheck, openFilesCheck } from "./host-checks.js";
import { storeChecks } from "./store-checks.js";

/** Looks at this host and at the engine that was chosen. Changes nothing, and makes no file. */
export async function examine(choice: EngineChoice): Promise<DoctorReport> {
  const { engine, dataDir } = choice;
  const { version } = programVersion();
  return {
    at: Date.now(),
    version,
    engine,
    dataDir,
    checks: [
      ok("program", `version ${version}, on the ${engine} engine`),
      nodeCheck(process.version, nodeRange()),
      openFilesCheck(maxConnectionsOf({})),
      ...(await directoryChecks(choice)),
      ...(await diskChecks(choice)),
      ...(await keyFileChecks(choice)),
      ...(await storeChecks(choice)),
    ],
  };
}

async function diskChecks({ engine, dataDir }: EngineChoice): Promise<DoctorCheck[]> {
  if (!(await exists(dataDir))) return [];
  return [diskCheck(engine, (await resourcesOf(dataDir)).diskFreeBytes)];
}

/** The exit code that fits: 69 if a dependency is down, else that of the first failed check. */
export function exitCodeOf({ checks }: Pick<DoctorReport, "checks">): number {
  const codes = checks
    .filter(({ state }) => state === "failed")
    .map(({ code }) => errorCatalogue[(code ?? "internal-error") as ErrorCode].exitCode);
  const down = errorCatalogue["not-running"].exitCode;
  return codes.includes(down) ? down : (codes[0] ?? 0);
}
