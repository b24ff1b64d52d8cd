import { type Clock, systemClock } from "../time/clock.js";
import type { ClockCheck } from "../time/clock-check.js";

/** A clock to compare with DynamoDB's. */
export interface ClockWatch {
  readonly clocks: ClockCheck;
  /** Default: the machine's. */
  readonly clock?: Clock | undefined;
}

/** Middleware of the SDK that learns from the `Date` of each answer, which counts whole seconds. */
export function learnFromDates({ clocks, clock = systemClock }: ClockWatch) {
  return <Request, Result extends { readonly response: unknown }>(
    next: (request: Request) => Promise<Result>,
  ) =>
    async (request: Request): Promise<Result> => {
      const askedAt = clock.wallClock();
      const result = await next(request);
      const from = Date.parse(dateOf(result.response));
      if (!Number.isNaN(from)) {
        clocks.learn({ askedAt, answeredAt: clock.wallClock(), from, to: from + 1_000 });
      }
      return result;
    };
}

/** The `Date` header of an HTTP answer, as the SDK has it; empty if there is none. */
function dateOf(response: unknown): string {
  if (typeof response !== "object" || response === null || !("headers" in response)) return "";
  const { headers } = response;
  if (typeof headers !== "object" || headers === null || !("date" in headers)) return "";
  return String(headers.date);
}
