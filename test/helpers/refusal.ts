import { expect } from "vitest";
import { VoteError } from "../../src/runtime/core/errors.js";

/** What a person reads of an error: whole sentences, with no value that the code failed to fill. */
export function expectReadable(error: VoteError): void {
  const texts = [error.message, error.publicMessage];
  for (const text of error.hint === undefined ? texts : [...texts, error.hint]) {
    expect(text).toMatch(/^[\s\S]{10,}[.?]$/);
    expect(text).not.toMatch(/undefined|null|\[object/);
  }
}

/** Calls what has to refuse, for a reason and with advice that a person can read. */
export async function refusalOf(work: () => unknown): Promise<VoteError> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof VoteError)) throw error;
    expectReadable(error);
    expect(error.hint).toBeDefined();
    return error;
  }
  throw new Error("It refused nothing.");
}
