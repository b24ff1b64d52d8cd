/** Chooses among the generators: our own, autocannon, and k6. */
import type { GeneratorName } from "../../contracts/load/generator-facts.js";
import type { LoadOutcome } from "../measure/outcome.js";
import type { LoadOptions } from "../run/options.js";
import { runLoad } from "../run/run-load.js";

/** What k6 needs beyond a run's options. */
interface GeneratorTools {
  /** Signs voters' tokens. */
  readonly tokenSecret: () => Promise<Uint8Array>;
  /** Finds the program. */
  readonly k6Program: () => string;
}

/**
 * Runs a scenario with the named generator, and loads no other.
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
