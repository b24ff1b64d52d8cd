import { type Operations, registryRefusals } from "./operation.js";

/** On ingest and on serve. */
export const voteKeys: Operations = {
  "GET /.well-known/vote-keys.json": {
    summary: "With whose keys receipts are verified, by election.",
    answers: {
      200: {
        description: "The keys.",
        body: "vote keys",
        headers: { "Cache-Control": "how long it may be kept" },
      },
    },
    refusals: registryRefusals,
  },
};
