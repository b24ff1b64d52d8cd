import type { Attack } from "./attack.js";
import { bodyAttacks } from "./attacks/bodies.js";
import { connectionAttacks } from "./attacks/connections.js";
import { forgeries } from "./attacks/forgeries.js";
import { voteAttacks } from "./attacks/votes.js";

/** Every attack on a running system; those over raw bytes alone are in test/unit/http. */
export const corpus: readonly Attack[] = [
  ...connectionAttacks,
  ...bodyAttacks,
  ...voteAttacks,
  ...forgeries,
];
