import type { DoctorCheck } from "../../contracts/config/doctor-report.js";
import type { EngineName } from "../../contracts/config/vote-yaml.js";
import { formatBytes, formatCount } from "../../text/numbers.js";
import type { ClockCheck } from "../../time/clock-check.js";
import { failed, looked, ok, warning } from "./finding.js";

/** Compares the running Node with the range that package.json allows: `>=20.19`. */
export function nodeCheck(version: string, allowed: string): DoctorCheck {
  const [major, minor] = numbersOf(version);
  const [leastMajor, leastMinor] = numbersOf(allowed);
  const detail = `${version.replace(/^v/, "")}; ${leastMajor}.${leastMinor} or later will do`;
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) {
    return ok("Node", detail);
  }
  const fix = `Install Node ${leastMajor}.${leastMinor} or later.`;
  return failed("Node", "dependency-missing", detail, fix);
}

const numbersOf = (version: string): number[] => (version.match(/\d+/g) ?? []).map(Number);

/** Fewer are soon used up by voters' browsers. */
const fewConnections = 10_000;

/** @param connections the most that the process's descriptors leave room for */
export function openFilesCheck(connections: number): DoctorCheck {
  const detail = `room for ${formatCount(connections)} connections a role`;
  if (connections >= fewConnections) return ok("open files", detail);
  const fix = "Raise the limit: ulimit -n 70000, or LimitNOFILE=70000 in a systemd unit.";
  return warning("open files", detail, fix);
}

/** Below these, in bytes. A cluster's hosts keep only keys and snapshots. */
const leastFree: Readonly<Record<EngineName, { readonly low: number; readonly empty: number }>> = {
  embedded: { low: 10e9, empty: 1e9 },
  cluster: { low: 1e9, empty: 100e6 },
};

/** @param freeBytes null where the disk does not say */
export function diskCheck(engine: EngineName, freeBytes: number | null): DoctorCheck {
  const fix = "Make room, or name another disk with --data-dir. `vote plan` says what it takes.";
  if (freeBytes === null) {
    return warning("free space", "The disk of the data directory does not answer.", fix);
  }
  const detail = `${formatBytes(freeBytes)} on the disk of the data directory`;
  const { low, empty } = leastFree[engine];
  if (freeBytes < empty) return failed("free space", "data-directory-unusable", detail, fix);
  return freeBytes < low ? warning("free space", detail, fix) : ok("free space", detail);
}

/** Judges a clock that has learned from the registry's answers, if there were any. */
export async function clockChecks(clocks: ClockCheck): Promise<DoctorCheck[]> {
  const { errorMs } = clocks;
  // The registry has not answered: its own check says so.
  if (errorMs === null) return [];
  return looked("clock", async () => {
    clocks.requireRight();
    const most = formatCount(clocks.toleranceMs / 2);
    return [ok("clock", `not proven more than ${most} ms from DynamoDB's`)];
  });
}
