import type { RoleName, RoleStatus } from "../../contracts/http/status.js";
import { messageOf, VoteError } from "../../core/errors.js";
import type { Metrics } from "../exposition.js";
import { announce, answerTo } from "./channel.js";

/** What a role says of itself now, and to Prometheus. */
export interface StatusReader<Role extends RoleName> {
  read(): Promise<RoleStatus<Role>>;
  scrape(): Promise<Metrics>;
}

/** Why a worker takes no work; null if it does. */
export interface Readiness {
  readonly problem: { readonly code: string; readonly detail: string } | null;
}

/**
 * Tells the process that started this one as a worker its status and its metrics, whenever that
 * asks, and that it may ask from now on.
 *
 * @param ready throws the reason if the worker takes no work
 */
export function tellParent<Role extends RoleName>(
  { read, scrape }: StatusReader<Role>,
  ready: () => void | Promise<void> = () => undefined,
): void {
  answerTo(process, async (question) => {
    if (question === "status") return read();
    if (question === "metrics") return (await scrape()).getMetricsAsJSON();
    return readinessOf(ready);
  });
  announce(process);
}

async function readinessOf(ready: () => void | Promise<void>): Promise<Readiness> {
  try {
    await ready();
    return { problem: null };
  } catch (error) {
    const code = error instanceof VoteError ? error.code : "internal-error";
    return { problem: { code, detail: messageOf(error) } };
  }
}
