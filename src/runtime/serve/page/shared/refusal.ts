import type { Texts } from "./texts-en.js";

/**
 * Says in the reader's language why a ballot was refused.
 *
 * @param code the error's code
 * @param again the ballot was sent before, without a clear answer
 */
export function refusalText(code: string, again: boolean, { voting }: Texts): string {
  const refused = voting.refused(voting.refusals[code] ?? voting.refusedOtherwise(code));
  return again ? `${refused} ${voting.earlierUnknown}` : refused;
}
