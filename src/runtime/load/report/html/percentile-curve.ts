import type { RunLatencies } from "../../measure/outcome.js";
import type { ChartSpec, Curve } from "./chart-data.js";

/** A latency's percentiles, as far as there are ballots enough for them. */
export interface PercentileCurves extends ChartSpec {
  /** One ballot in so many takes longer: 1 is the 0th percentile, 100 the 99th. */
  readonly oneIn: readonly number[];
}

/** Ten places in each decade, so that a curve between them is smooth. */
const placesADecade = 10;
const decades = 6;

/** Latencies by percentile, over an axis that gives each further nine the same room. */
export function percentileCurves(latencies: RunLatencies): PercentileCurves {
  const { acknowledge, visible, scheduleLag } = latencies;
  const most = Math.max(acknowledge.count, visible.count, scheduleLag.count);
  const all = Array.from({ length: decades * placesADecade + 1 }, (_, place) => {
    return 10 ** (place / placesADecade);
  });
  const oneIn = all.filter((one) => one <= Math.max(1, most));
  const curve = (
    name: string,
    colour: Curve["colour"],
    recorder: RunLatencies["acknowledge"],
    dashed = false,
  ): Curve => {
    const values = oneIn.map((one) =>
      one <= recorder.count ? recorder.percentile(100 - 100 / one) || null : null,
    );
    return { name, colour, dashed, values };
  };
  const curves = [
    curve("acknowledged", "lead", acknowledge),
    curve("visible", "warm", visible),
    curve("generator's lag", "quiet", scheduleLag, true),
  ].filter(({ values }) => values.some((value) => value !== null));
  return { id: "percentiles", unit: "ms", logarithmic: true, curves, oneIn };
}
