import { it } from "vitest";

it("is where the runner starts from", () => {});
