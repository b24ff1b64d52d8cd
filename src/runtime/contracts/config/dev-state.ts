import { z } from "zod";
import type { Contract } from "../schema/check.js";

const roleUrls = z.object({
  ingest: z.string(),
  serve: z.string(),
  tally: z.string(),
  admin: z.string(),
  certify: z.string().optional(),
});
/** Where the roles of a `vote dev` listen; `tally` and `certify`: their status. */
export type RoleUrls = Contract<typeof roleUrls>;

/** What a running `vote dev` tells other commands, so that they find it without flags. */
export const devStateSchema = z.object({
  pid: z.number(),
  engine: z.enum(["embedded", "cluster"]),
  /** The configuration file that it was told to use. */
  config: z.string().optional(),
  dataDir: z.string(),
  urls: roleUrls,
  /** Opens and closes elections through the admin API; the file is this user's alone. */
  adminToken: z.string(),
  /** Process ids of the roles that run now: absent while one is being started again. */
  pids: z.object({
    ingest: z.number().optional(),
    tally: z.number().optional(),
    serve: z.number().optional(),
  }),
  /** Id of the election that is open for trying things out. */
  election: z.string(),
});
export type DevState = Contract<typeof devStateSchema>;
