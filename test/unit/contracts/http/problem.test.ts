import { describe, expect, it } from "vitest";
import { failureOf, problemSchema } from "../../../../src/runtime/contracts/http/problem.js";
import { VoteError } from "../../../../src/runtime/core/errors.js";
import { problemBody } from "../../../../src/runtime/http/problem.js";

const refused = new VoteError("election-closed", "The election mayor is closed.", {
  hint: "Wait.",
});

describe("a problem", () => {
  it("comes back as the error that was thrown", () => {
    const body: unknown = JSON.parse(problemBody(refused));
    expect(problemSchema.parse(body)).toEqual(body);
    expect(failureOf(body)).toEqual(refused);
  });

  it("of a code that this version does not know keeps its detail", () => {
    const error = failureOf({ code: "toString", detail: "Too new.", since: 2 });
    expect(error).toMatchObject({ code: "internal-error", message: "Too new.", hint: undefined });
  });

  it.each([undefined, "Not Found", [], {}, { code: "not-found" }, { code: 1, detail: "x" }])(
    "is not %j",
    (body) => expect(failureOf(body)).toBeUndefined(),
  );
});
