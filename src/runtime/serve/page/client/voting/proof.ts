import type { Challenge, Proof } from "../../../../contracts/http/proof-of-work.js";

/** As far as the page uses it; not every browser has it. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(): string },
  ): { createScriptURL(input: string): string };
}

const script = new URL("./proof-worker.js", import.meta.url).href;
const { trustedTypes } = globalThis as { readonly trustedTypes?: TrustedTypes };
/** The one policy that the page's headers allow: no other script can be made a worker. */
const policy = trustedTypes?.createPolicy("proof-worker", { createScriptURL: () => script });
const trustedScript = policy?.createScriptURL(script) ?? script;

/** Long enough for an old telephone. */
const giveUpMs = 120_000;

/**
 * Solves a challenge in a worker, so that the page stays alive meanwhile.
 *
 * @returns undefined if this browser cannot, or not in time
 */
export function solve(challenge: Challenge): Promise<Proof | undefined> {
  return new Promise((resolve) => {
    const worker = new Worker(trustedScript, { type: "module" });
    const end = (solution?: Proof["solution"]) => {
      clearTimeout(timer);
      worker.terminate();
      resolve(solution && { challenge, solution });
    };
    const timer = setTimeout(end, giveUpMs);
    worker.addEventListener("message", ({ data }) => end(data));
    worker.addEventListener("error", () => end());
    worker.postMessage(challenge);
  });
}
