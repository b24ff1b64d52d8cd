import { closest } from "../../contracts/schema/closest.js";
import { VoteError } from "../../core/errors.js";
import { diskFaults } from "./disk-faults.js";
import type { FaultKind } from "./fault.js";
import { networkFaults } from "./network-faults.js";
import { roleFaults } from "./role-faults.js";
import { serverFaults } from "./server-faults.js";

/** Every kind of fault, by its name. */
export const faultKinds: ReadonlyMap<string, FaultKind> = new Map(
  [...roleFaults, ...serverFaults, ...diskFaults, ...networkFaults].map((kind) => [
    kind.name,
    kind,
  ]),
);

/** @throws VoteError `invalid-usage` for a name that no kind has */
export function faultKind(name: string): FaultKind {
  const kind = faultKinds.get(name);
  if (kind !== undefined) return kind;
  const near = closest(name, [...faultKinds.keys()]);
  throw new VoteError("invalid-usage", `There is no kind of fault "${name.slice(0, 40)}".`, {
    hint:
      near === undefined
        ? `There are: ${[...faultKinds.keys()].join(", ")}.`
        : `Did you mean ${near}?`,
  });
}
