import type { ElectionStatus } from "../../core/election.js";
import type { Alert } from "../state/alerts.js";
import type { MonitorEvent } from "../state/events.js";
import type { RoleState } from "../state/snapshot.js";
import type { Standing } from "../state/standing.js";
import type { Glyphs } from "./glyphs.js";

/** Label, icon and colour say the same, so that nothing depends on colour alone. */
export interface StatusMark {
  readonly label: string;
  readonly icon: string;
  readonly color: "gray" | "yellow" | "cyan" | "green" | "red";
}

/** How far the result may be trusted, in the words of the results page, and what is going on. */
export function standingMark(standing: Standing, glyphs: Glyphs): StatusMark {
  switch (standing) {
    case "draft":
      return { label: "Draft, not open yet", icon: glyphs.draft, color: "gray" };
    case "counting":
      return { label: "Unofficial, counting", icon: glyphs.counting, color: "yellow" };
    case "tally-down":
      return { label: "Unofficial, tally down", icon: glyphs.failed, color: "red" };
    case "closing":
      return { label: "Voting over, counting", icon: glyphs.counting, color: "yellow" };
    case "awaiting-recount":
      return { label: "Closed, awaiting recount", icon: glyphs.recounting, color: "cyan" };
    case "recounting":
      return { label: "Closed, recounting", icon: glyphs.recounting, color: "cyan" };
    case "disputed":
      return { label: "Disputed, not official", icon: glyphs.failed, color: "red" };
    case "certified":
      return { label: "Official, certified", icon: glyphs.ok, color: "green" };
  }
}

/** An election's status in a list. */
export function statusMark(status: ElectionStatus, glyphs: Glyphs): StatusMark {
  switch (status) {
    case "draft":
      return { label: "Draft, not open yet", icon: glyphs.draft, color: "gray" };
    case "open":
      return { label: "Open", icon: glyphs.counting, color: "yellow" };
    case "closed":
      return { label: "Closed", icon: glyphs.recounting, color: "cyan" };
    case "certified":
      return { label: "Official, certified", icon: glyphs.ok, color: "green" };
  }
}

/** Whether a role takes work. */
export function roleMark(state: RoleState, glyphs: Glyphs): StatusMark {
  switch (state) {
    case "ready":
      return { label: "ready", icon: glyphs.ok, color: "green" };
    case "not-ready":
      return { label: "not ready", icon: glyphs.warning, color: "yellow" };
    case "unreachable":
      return { label: "unreachable", icon: glyphs.failed, color: "red" };
  }
}

/** Whether a store answers; null if unknown. */
export function storeMark(reachable: boolean | null, glyphs: Glyphs): StatusMark {
  if (reachable === null) return { label: "not known", icon: glyphs.draft, color: "gray" };
  return reachable
    ? { label: "reachable", icon: glyphs.ok, color: "green" }
    : { label: "no answer", icon: glyphs.failed, color: "red" };
}

/** How much an alert matters. */
export function alertMark(severity: Alert["severity"], glyphs: Glyphs) {
  return eventMark(severity === "critical" ? "failure" : "warning", glyphs);
}

/** How much an event matters. */
export function eventMark(level: MonitorEvent["level"], glyphs: Glyphs) {
  switch (level) {
    case "info":
      return { icon: glyphs.separator, color: "gray" } as const;
    case "warning":
      return { icon: glyphs.warning, color: "yellow" } as const;
    case "failure":
      return { icon: glyphs.failed, color: "red" } as const;
  }
}
