import type { GeneratorName, LoadOutcome } from "../measure/outcome.js";
import type { LoadOptions } from "../run/options.js";
import { runLoad } from "../run/run-load.js";

/** What generators need beyond a run's options. */
export interface GeneratorTools {
  /** k6 only: signs voters' tokens. */
  readonly tokenSecret: () => Promise<Uint8Array>;
  /** k6 only: finds the program. */
  readonly k6Program: () => string;
}

/**
 * Runs a scenario with the generator named. Only what it needs is loaded.
 *
 * @throws VoteError `invalid-usage` or `invalid-scenario` before anything is sent
 */
export async function runGenerator(
  name: GeneratorName,
  options: LoadOptions,
  tools: GeneratorTools,
): Promise<LoadOutcome> {
  if (name === "builtin") return runLoad(options);
  if (name === "autocannon") {
    const { runAutocannon } = await import("./autocannon.js");
    return runAutocannon(options);
  }
  const { runK6 } = await import("./k6.js");
  return runK6(options, { program: tools.k6Program(), tokenSecret: await tools.tokenSecret() });
}
