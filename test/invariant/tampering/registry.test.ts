import { expect, it } from "vitest";
import type { VoteError } from "../../../src/runtime/core/errors.js";
import {
  registryCases,
  rewrittenCases,
  rewrittenCertifiedCases,
} from "../../helpers/tampering/registry-cases.js";
import { damaged, honestElections, servedFrom } from "../../helpers/tampering/verdict.js";

const honest = honestElections();

it.each(registryCases)("of an election that is certified: %s", async (_, tamper, place) => {
  const dataDir = await damaged(honest().certified, tamper, place);
  if (/certificate says/.test(place.source)) return;
  // Without its record, an election is not there for anybody else; set back, it is not official.
  const isShown = await servedFrom(dataDir).then(
    ({ result }) => result.official,
    ({ exitCode }: VoteError) => exitCode,
  );
  expect([false, 2, 3]).toContain(isShown);
});

it.each(rewrittenCases)(
  "a trail written anew, with hashes that fit: %s",
  async (_, tamper, place) => {
    await damaged(honest().sealed, tamper, place);
  },
);

it.each(rewrittenCertifiedCases)(
  "a trail written anew that does not fit the certificate: %s",
  async (_, tamper, place) => {
    await damaged(honest().certified, tamper, place);
  },
);
