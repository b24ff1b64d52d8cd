import type { FaultRecord } from "../../contracts/load/load-record.js";
import {
  type faultRoles,
  type ScenarioFile,
  serverRoles,
} from "../../contracts/load/scenario-file.js";
import type { Refuse } from "../../contracts/schema/check.js";
import { allowedNumbers } from "../../contracts/schema/field-types.js";
import { VoteError } from "../../core/errors.js";

export type FaultRole = (typeof faultRoles)[number];

/** What is done to a running system, and when; `kill` ends a process at once, `pause` stops it. */
export type FaultSpec = Omit<FaultRecord, "pid" | "at">;

const defaultPauseSeconds = 1;

/** Whether a role is a server of the cluster, which `vote dev` does not start again. */
export function isService(role: FaultRole): role is (typeof serverRoles)[number] {
  return serverRoles.some((server) => server === role);
}

/**
 * A scenario's faults with their defaults.
 *
 * @throws VoteError `invalid-scenario` for a time beyond the run's end
 */
export function faultsOf(
  { faults = [], durationSeconds }: Pick<ScenarioFile, "faults" | "durationSeconds">,
  refuse: Refuse,
): FaultSpec[] {
  return faults.map((fault, index) => {
    const usual = fault.action === "pause" ? Math.min(defaultPauseSeconds, durationSeconds) : 0;
    const spec = { ...fault, forSeconds: fault.forSeconds ?? usual };
    for (const field of ["atSeconds", "forSeconds"] as const) {
      if (spec[field] <= durationSeconds) continue;
      const place = `faults[${index}].${field}`;
      throw refuse(place, `is ${spec[field]}`, allowedNumbers(0, durationSeconds));
    }
    return spec;
  });
}

/** The same faults in a run whose length is multiplied by the factor. */
export function stretchedFaults(faults: readonly FaultSpec[], factor: number): FaultSpec[] {
  const stretch = (seconds: number) => Math.round(seconds * factor * 1_000) / 1_000;
  return faults.map((fault) => ({
    ...fault,
    atSeconds: stretch(fault.atSeconds),
    forSeconds: stretch(fault.forSeconds),
  }));
}

/** The error for a fault whose target is not ours to touch: `not-running`. */
export function notOurs({ action, role }: FaultSpec, where: string): VoteError {
  return new VoteError("not-running", `Fault "${action} ${role}": no ${role} of ${where} runs.`, {
    hint: isService(role)
      ? "Faults hit only servers of a `vote services up` on this machine."
      : "Faults hit only the roles of a `vote dev` on this machine, over the same data directory.",
  });
}
