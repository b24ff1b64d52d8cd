import { brotliCompressSync, constants, deflateSync, gzipSync } from "node:zlib";
import type { Attack } from "../attack.js";
import { hold } from "../held.js";
import { addressOf, ballotRequest, choices, type Request, tokensOf } from "../site.js";
import { floodOf } from "./requests.js";

const batchBytes = 4 * 1_024 * 1_024;
const choice = choices.forger;

/** What makes a server read, keep or unpack much. */
export const bodyAttacks: readonly Attack[] = [
  {
    name: "compression bombs",
    answers: ["415 unsupported-media-type"],
    async begin(site, size) {
      const bytes = Buffer.alloc(16 * 2 ** 20);
      const params = { [constants.BROTLI_PARAM_QUALITY]: 4 };
      const bombs = [
        ["gzip", gzipSync(bytes)],
        ["deflate", deflateSync(bytes)],
        ["br", brotliCompressSync(bytes, { params })],
      ] as const;
      const token = tokensOf(site)("bomber");
      return floodOf(size, "415 unsupported-media-type", (number) => {
        const [coding, body] = bombs[number % bombs.length];
        const { headers, ...request } = ballotRequest(site, { token, choice });
        // As much of it as a ballot may have; the server closes before it has read more.
        const start = body.subarray(0, 4_000);
        const address = addressOf(6, number % size.workers);
        const coded = { ...headers, "content-encoding": coding };
        return { ...request, address, body: start, headers: coded };
      });
    },
  },
  {
    name: "oversized and deeply nested bodies",
    answers: ["413 body-too-large", "400 malformed-json", "422 invalid-ballot", "200"],
    async begin(site, size) {
      const token = tokensOf(site)("nester");
      const gateway = tokensOf(site, { scope: "gateway" })("rogue");
      const nested = "[".repeat(batchBytes - 1);
      return floodOf(size, "413 body-too-large", (number) => {
        const single = ballotRequest(site, { token, choice });
        if (number % 40 === 0) return batchOf(site.ports.ingest, single.path, gateway, nested);
        const padded = `{"choice":"${choice}","padding":"${"x".repeat(8_000)}"}`;
        const deep = `${'{"choice":'.repeat(200)}"${choice}"${"}".repeat(200)}`;
        const open = "[".repeat(4_000);
        const whole = "[".repeat(2_000) + "]".repeat(2_000);
        const address = addressOf(14, number % size.workers);
        return { ...single, address, body: [padded, deep, open, whole][number % 4] };
      });
    },
  },
  {
    name: "batch bodies of 4 MB, held open",
    answers: ["held", "cut"],
    begin(site, { batchBodies }) {
      const gateway = tokensOf(site, { scope: "gateway" })("rogue");
      const { path } = ballotRequest(site, { choice });
      const head =
        `POST ${path}:batch HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${gateway}\r\n` +
        `content-type: application/x-ndjson\r\ncontent-length: ${batchBytes}\r\n\r\n`;
      const line = `{"voter":"held","choice":"${choice}"}\n`;
      const lines = line.repeat(Math.ceil(batchBytes / line.length));
      const body = Buffer.from((head + lines).slice(0, head.length + batchBytes - 1));
      const address = (number: number) => addressOf(5, Math.floor(number / 50));
      return hold({ count: batchBodies, port: site.ports.ingest, address, head: body });
    },
  },
];

function batchOf(port: number, path: string, token: string, body: string): Request {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/x-ndjson" };
  return { port, path: `${path}:batch`, headers, body };
}
