/** What came of asking: an answer of any status, or the reason why there is none. */
export type Answer =
  | { readonly reached: true; readonly status: number; readonly body: unknown }
  | { readonly reached: false; readonly why: string };

/** Asks for JSON. Never rejects. */
export type Get = (base: string, path: string) => Promise<Answer>;

export interface AskingOptions {
  /** Per request; default 2,000. */
  readonly timeoutMs?: number;
  readonly fetch?: typeof fetch;
}

export function getterOf({ timeoutMs = 2_000, fetch: send = fetch }: AskingOptions): Get {
  return async (base, path) => {
    try {
      const url = `${base.replace(/\/+$/, "")}${path}`;
      const response = await send(url, {
        headers: { accept: "application/json" },
        signal: AbortSignal.timeout(timeoutMs),
      });
      const text = await response.text();
      return { reached: true, status: response.status, body: parsed(text) };
    } catch (error) {
      return { reached: false, why: reasonOf(error, timeoutMs) };
    }
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Some other server may answer at this address; what it says is then not understood.
    return undefined;
  }
}

/** fetch says "fetch failed"; the code below it says why. */
function reasonOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer within ${timeoutMs} ms`;
  const { cause } = error;
  if (cause instanceof Error && "code" in cause && typeof cause.code === "string") {
    return cause.code === "ECONNREFUSED" ? "connection refused" : cause.code;
  }
  return cause instanceof Error ? cause.message : error.message;
}

/** A problem+json's detail, or the bare status. */
export function detailOf(body: unknown, status: number): string {
  const problem = typeof body === "object" && body !== null ? body : {};
  if ("detail" in problem && typeof problem.detail === "string") return problem.detail;
  return `it answered ${status} with something that is not understood.`;
}
