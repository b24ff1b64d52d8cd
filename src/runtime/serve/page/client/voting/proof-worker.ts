import type { Challenge, Proof } from "../../../../contracts/http/proof-of-work.js";

/** Hashes under way at a time: each is an answer of the browser's own. */
const atOnce = 64;

const bytesOf = (hex: string) =>
  Uint8Array.from(hex.match(/../g) ?? [], (one) => parseInt(one, 16));
const hexOf = (bytes: Uint8Array) =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Counts until SHA-256(salt, nonce, counter) begins as the challenge says. */
async function solutionOf({ parameters }: Challenge): Promise<Proof["solution"]> {
  const { salt, nonce, keyPrefix } = parameters;
  const start = bytesOf(salt + nonce);
  const hashOf = async (counter: number) => {
    const message = new Uint8Array(start.length + 4);
    message.set(start);
    new DataView(message.buffer).setUint32(start.length, counter);
    return hexOf(new Uint8Array(await crypto.subtle.digest("SHA-256", message)));
  };
  for (let first = 0; ; first += atOnce) {
    const counters = Array.from({ length: atOnce }, (_, n) => first + n);
    const hashes = await Promise.all(counters.map(hashOf));
    const found = hashes.findIndex((hash) => hash.startsWith(keyPrefix));
    if (found !== -1) return { counter: counters[found], derivedKey: hashes[found] };
  }
}

addEventListener("message", (event: MessageEvent<Challenge>) => {
  solutionOf(event.data).then(
    (solution) => postMessage(solution),
    () => postMessage(undefined),
  );
});
