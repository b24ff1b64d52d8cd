import { expect, it } from "vitest";
import {
  type Failure,
  failureOf,
  mayPass,
  storeError,
} from "../../../src/runtime/dynamodb/errors.js";

const named = (name: string, httpStatusCode?: number) =>
  Object.assign(new Error("planted"), {
    name,
    $metadata: httpStatusCode === undefined ? {} : { httpStatusCode },
  });

const throttled = named("ProvisionedThroughputExceededException", 400);
it.each<[Error, Failure]>([
  [throttled, "throttled"],
  [named("ThrottlingException", 400), "throttled"],
  [named("RequestLimitExceeded", 400), "throttled"],
  [named("Error", 429), "throttled"],
  [named("InternalServerError", 500), "passing"],
  [named("ServiceUnavailable", 503), "passing"],
  [named("TransactionConflictException", 400), "passing"],
  [named("TimeoutError"), "passing"],
  [Object.assign(new Error("connect"), { code: "ECONNREFUSED" }), "passing"],
  [named("ResourceNotFoundException", 400), "missing"],
  [named("AccessDeniedException", 400), "denied"],
  [named("CredentialsProviderError"), "denied"],
  [named("ValidationException", 400), "wrong"],
])("sorts %s as %s", (error, failure) => {
  expect(failureOf(error)).toBe(failure);
});

it("repeats what may pass, and only that", () => {
  const worth = [throttled, named("InternalServerError", 500), named("TimeoutError")];
  const hopeless = [named("ValidationException", 400), named("ResourceNotFoundException", 400)];
  expect([...worth, ...hopeless].map(mayPass)).toEqual([true, true, true, false, false]);
});

it("says what failed, why, and what to do", () => {
  const missing = storeError("PutItem on vote-segments", named("ResourceNotFoundException", 400));
  expect(missing.code).toBe("ledger-unavailable");
  expect(missing.message).toContain("PutItem on vote-segments");
  expect(missing.hint).toContain("vote services init");
  expect(storeError("x", named("AccessDeniedException", 400)).hint).toContain("credentials");
  expect(storeError("x", named("ValidationException", 400)).code).toBe("internal-error");
});
