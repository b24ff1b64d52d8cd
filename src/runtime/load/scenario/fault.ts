import type { Fields } from "../../contracts/fields.js";
import { VoteError } from "../../core/errors.js";

export const faultActions = ["kill", "pause"] as const;
/** `kill`: ended at once, without a chance to clean up. `pause`: stopped, and continued later. */
export type FaultAction = (typeof faultActions)[number];

export const faultRoles = ["ingest", "tally", "serve", "kafka", "dynamodb", "redis"] as const;
export type FaultRole = (typeof faultRoles)[number];

/** What is done to a running system at a set time. */
export interface FaultSpec {
  /** After the run's start. */
  readonly atSeconds: number;
  readonly action: FaultAction;
  readonly role: FaultRole;
  /** How long a paused process stands still, or a killed server stays away. */
  readonly forSeconds: number;
}

/** A fault as it happened. */
export interface FaultRecord extends FaultSpec {
  /** 0 if nothing ran there at that moment. */
  readonly pid: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

const maxFaults = 100;
const defaultPauseSeconds = 1;

/** A service of the cluster, which nobody but the fault's author starts again. */
export function isService(role: FaultRole): role is "kafka" | "dynamodb" | "redis" {
  return role === "kafka" || role === "dynamodb" || role === "redis";
}

/** @throws VoteError `invalid-scenario` */
export function parseFaults(fields: Fields, durationSeconds: number): FaultSpec[] {
  const seconds = { min: 0, max: durationSeconds };
  return fields.optionalList("faults", maxFaults).map((item) => {
    const atSeconds = item.number("atSeconds", seconds);
    const action = item.oneOf("action", faultActions);
    const role = item.oneOf("role", faultRoles);
    const forSeconds = item.optionalNumber("forSeconds", seconds);
    item.requireNoOthers();
    if (action === "kill" && !isService(role) && forSeconds !== undefined) {
      const hint = `Leave it out: vote dev starts a killed ${role} again by itself.`;
      throw item.refuse("forSeconds", "does not go with the kill of a role", hint);
    }
    const usual = action === "pause" ? Math.min(defaultPauseSeconds, durationSeconds) : 0;
    return { atSeconds, action, role, forSeconds: forSeconds ?? usual };
  });
}

/** The same faults in a run that lasts longer or shorter. */
export function stretchedFaults(faults: readonly FaultSpec[], factor: number): FaultSpec[] {
  const stretch = (seconds: number) => Math.round(seconds * factor * 1_000) / 1_000;
  return faults.map((fault) => ({
    ...fault,
    atSeconds: stretch(fault.atSeconds),
    forSeconds: stretch(fault.forSeconds),
  }));
}

/** @throws VoteError `not-running`: the fault's target is not ours to touch */
export function notOurs({ action, role }: FaultSpec, where: string): VoteError {
  return new VoteError("not-running", `Fault "${action} ${role}": no ${role} of ${where} runs.`, {
    hint: isService(role)
      ? "Faults hit only servers of a `vote services up` on this machine."
      : "Faults hit only the roles of a `vote dev` on this machine, over the same data directory.",
  });
}
