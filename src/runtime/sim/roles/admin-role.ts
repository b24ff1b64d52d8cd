import type { ElectionAdmin } from "../../admin/election-admin.js";
import { localAdmin } from "../../elections/local-admin.js";
import type { RoleScene, RunningRole } from "./supervised.js";

/** An admin at work. */
export interface AdminRole extends RunningRole {
  readonly admin: ElectionAdmin;
}

/** Opens the stores for an admin. */
export async function startAdminRole({
  world,
  process,
  engine,
  chance,
}: RoleScene): Promise<AdminRole> {
  const admin = localAdmin(engine, process.clock, chance, world.isSigned);
  return { admin, stop: async () => undefined };
}
