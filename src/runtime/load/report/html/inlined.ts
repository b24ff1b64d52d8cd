import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/** What is inlined into the page, so that it loads nothing. */
export interface Inlined {
  /** The plotting library. */
  readonly plot: string;
  readonly plotStyles: string;
  /** Draws the charts with it. */
  readonly charts: string;
}

/** Reads the plotting library and the compiled client. */
export function readInlined(): Inlined {
  const plot = createRequire(import.meta.url).resolve("uplot/dist/uPlot.iife.min.js");
  const here = fileURLToPath(new URL(".", import.meta.url));
  const built = `${here}client/charts.js`;
  // Run from the sources, as tests are, the compiled client lies in dist.
  const dist = fileURLToPath(
    new URL("../../../../../dist/runtime/load/report/html/", import.meta.url),
  );
  const charts = readFileSync(existsSync(built) ? built : `${dist}client/charts.js`, "utf8");
  return {
    plot: readFileSync(plot, "utf8"),
    plotStyles: readFileSync(plot.replace("uPlot.iife.min.js", "uPlot.min.css"), "utf8"),
    charts: charts.replace(/^\/\/# sourceMappingURL=.*$/m, ""),
  };
}
