import { expect, it } from "vitest";
import { warmUpText } from "../../../src/runtime/system/demo-warm-up.js";

it.each([
  [12.3, "Warmed up in 6.1 s: visible p99 12.3 ms"],
  [200, "Warmed up in 6.1 s: visible p99 200 ms"],
  [201, "Still slow after 6.1 s: visible p99 201 ms"],
  [undefined, "Not warm after 6.1 s: no vote became visible in time"],
])("says how a warm-up with a p99 of %s ms ended", (visibleMs, text) => {
  expect(warmUpText("6.1 s", visibleMs, 200)).toBe(text);
});
