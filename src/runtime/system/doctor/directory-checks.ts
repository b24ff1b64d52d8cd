import { access, constants, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type EngineChoice, keysDirOf } from "../../config/engine-choice.js";
import type { DoctorCheck } from "../../contracts/config/doctor-report.js";
import { messageOf } from "../../core/errors.js";
import { existingDataDirectory } from "../../wiring/data-directory.js";
import { failed, looked, ok, warning } from "./finding.js";

/** Whether a file exists; one that cannot be seen does not. */
export function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Looks at the data directory: its version, and whether this user can write to it. */
export function directoryChecks({ engine, dataDir }: EngineChoice): Promise<DoctorCheck[]> {
  return looked("data directory", async () => {
    if (!(await exists(dataDir))) {
      const fix = "Name yours with --data-dir, or make one with `vote election create`.";
      return [warning("data directory", `There is no ${dataDir}.`, fix)];
    }
    if (engine === "embedded") await existingDataDirectory(dataDir);
    const { R_OK, W_OK, X_OK } = constants;
    const refused = await access(dataDir, R_OK | W_OK | X_OK).catch(messageOf);
    const kept = engine === "embedded" ? "of this version" : "for keys and snapshots";
    if (refused === undefined) return [ok("data directory", `${dataDir}, ${kept}`)];
    const fix = "Give it to the user that runs the roles, or mount it to be written to.";
    return [failed("data directory", "data-directory-unusable", `${refused}.`, fix)];
  });
}

/** Others may read, write or enter it. */
const others = 0o007;
/** The group may write to it. Reading is how a Kubernetes Secret reaches another user. */
const groupMayWrite = 0o020;

/** Looks at the secrets of this host: whether anybody else can read or replace one. */
export function keyFileChecks(choice: EngineChoice): Promise<DoctorCheck[]> {
  const folder = keysDirOf(choice);
  return looked("key files", async () => {
    // The check of the directory says so.
    if (!(await exists(choice.dataDir))) return [];
    if (!(await exists(folder))) {
      const fix = "Import the elections' keys here, if an ingest or a tally is to run here.";
      return [warning("key files", `There is no ${folder}.`, fix)];
    }
    const names = (await readdir(folder)).filter((name) => name.endsWith(".key") || isToken(name));
    const open: string[] = [];
    for (const name of names) {
      const { mode } = await stat(join(folder, name));
      if ((mode & (others | groupMayWrite)) !== 0) open.push(name);
    }
    const count = names.length === 1 ? "1 file" : `${names.length} files`;
    if (open.length === 0) return [ok("key files", `${count}, closed to other users`)];
    const detail = `Other users can get at ${open.join(", ")} in ${folder}.`;
    const fix = `Close them: chmod 600 ${open.map((name) => join(folder, name)).join(" ")}`;
    return [failed("key files", "data-directory-unusable", detail, fix)];
  });
}

const isToken = (name: string): boolean => name === "token.secret";
