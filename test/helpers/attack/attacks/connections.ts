import type { Attack } from "../attack.js";
import { hold } from "../held.js";
import { openHostileClients } from "../hostile-clients.js";
import { addressOf, ballotRequest, choices, tokensOf } from "../site.js";

const answers = ["held", "cut"];
/** Few enough for each to be within what one address may have. */
const perAddress = 50;

/** What holds connections, and sends or reads little on them. */
export const connectionAttacks: readonly Attack[] = [
  {
    name: "slow senders",
    answers,
    begin(site, { connections }) {
      const token = tokensOf(site)("slow");
      const { path } = ballotRequest(site, { choice: choices.forger });
      const head =
        `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n` +
        "content-type: application/json\r\ncontent-length: 1000\r\n\r\n{";
      const address = (number: number) => addressOf(2, Math.floor(number / perAddress));
      return hold({ count: connections, port: site.ports.ingest, address, head, drip: " " });
    },
  },
  {
    name: "slow readers",
    answers,
    begin(site, { connections }) {
      const stream = `GET /v1/elections/${site.election}/events HTTP/1.1\r\nhost: x\r\n\r\n`;
      const pages = "GET / HTTP/1.1\r\nhost: x\r\n\r\n".repeat(30);
      const address = (number: number) => addressOf(3, Math.floor(number / perAddress));
      const reading = { address, port: site.ports.serve, read: false };
      return hold({ count: connections, head: pages + stream, ...reading });
    },
  },
  {
    name: "idle connections of one address",
    answers,
    ofOneAddress: true,
    begin(site, { connections }) {
      return hold({ count: connections, port: site.ports.ingest, address: () => addressOf(4, 0) });
    },
  },
  {
    name: "pipelining without reading, on every role",
    answers,
    async begin({ ports }, { pipelining }) {
      const clients = Object.values(ports).map((port) =>
        openHostileClients({ port, connections: pipelining, read: false }),
      );
      return {
        async end() {
          const held = clients.reduce((open, each) => open + each.open, 0);
          for (const each of clients) each.close();
          const cut = pipelining * clients.length - held;
          return { answers: { held, cut }, voters: 0, places: {} };
        },
      };
    },
  },
];
