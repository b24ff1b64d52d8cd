import { z } from "zod";
import type { Contract } from "../schema/check.js";

/** The machine a figure was measured on. */
export const hostFactsSchema = z.object({
  cores: z.number(),
  memoryGiB: z.number(),
  node: z.string().describe("Node.js version, without the `v`"),
  os: z.string(),
});
export type HostFacts = Contract<typeof hostFactsSchema>;
