import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { withContracts } from "../../../src/runtime/contracts/documentation.js";

const document = readFileSync(new URL("../../../docs/reference/json.md", import.meta.url), "utf8");
const between = (name: string, text = "") => `<!-- contract: ${name} -->\n${text}<!-- end -->`;

describe("docs/reference/json.md", () => {
  it("says what the contracts say (npm run docs writes it)", () => {
    expect(withContracts(document)).toBe(document);
    expect(document.match(/^<!-- contract: /gm)?.length).toBeGreaterThan(10);
  });

  it("has shapes and tables in place of what was there", () => {
    expect(withContracts(between("ballot receipt", "Anything else.\n"))).toBe(
      between(
        "ballot receipt",
        [
          "",
          '    {"ballotId", "election", "partition", "position", "receivedAt", "receipt"?}',
          "",
          "| field      | what                                                                 |",
          "| ---------- | -------------------------------------------------------------------- |",
          "| `position` | where in the log the ballot's frame stands                           |",
          "| `receipt?` | the ingest's signed promise, with `Prefer: receipt`: docs/formats.md |",
          "",
          "",
        ].join("\n"),
      ),
    );
    const request = withContracts(between("election request"));
    expect(request).toContain('"candidates": [{"id", "name"?}], "partitions"?');
  });

  it("cannot name a contract that there is not", () => {
    expect(() => withContracts(between("nothing"))).toThrow('There is no contract "nothing".');
  });
});
