import { Agent } from "node:http";
import type { Assault, Attack } from "../attack.js";
import { Flood, type FloodOptions } from "../flood.js";
import { placeOf } from "../places.js";
import {
  type Answer,
  addressOf,
  ask,
  ballotRequest,
  choices,
  newId,
  type Site,
  tokensOf,
} from "../site.js";
import { Voters, voteUntilAcknowledged } from "../voters.js";

const bots = 100;
const replayed = 20;
const linesOfBatch = 1_000;
const { attacker, forger } = choices;

/** Attackers with good tokens: a vote of each counts, and no more. */
export const voteAttacks: readonly Attack[] = [
  {
    name: "votes of one voter at once",
    answers: ["202"],
    begin: async (site, { atOnce }) =>
      flood({ workers: atOnce, requests: atOnce }, (voters, agent) => {
        const token = tokensOf(site)("at-once");
        const ballot = () => ballotRequest(site, { token, choice: attacker });
        return () => voters.vote("", { ...ballot(), agent });
      }),
  },
  {
    name: "one voter with many ballot ids",
    answers: ["200"],
    async begin(site, { ballotIds }) {
      const most = Math.ceil(ballotIds / linesOfBatch);
      return flood({ workers: 2, requests: most, most, until: "200" }, (voters, agent) => {
        return () => batchOfOneVoter(site, voters, agent);
      });
    },
  },
  {
    name: "one voter from many addresses",
    answers: ["202"],
    begin: async (site, { addresses, workers, requests }) =>
      flood({ workers, requests: Math.max(addresses, requests) }, (voters) => {
        const token = tokensOf(site)("traveller");
        return (number) => {
          const address = addressOf(7, number % addresses);
          const ballot = ballotRequest(site, { token, choice: attacker });
          // Each on a connection of its own.
          return voters.vote("", { ...ballot, address });
        };
      }),
  },
  {
    name: "bots with good tokens",
    answers: ["202"],
    begin: async (site, { perSecond, workers, requests }) =>
      flood({ workers, requests, perSecond }, (voters, agent) => {
        const tokenOf = tokensOf(site);
        const tokens = Array.from({ length: bots }, (_, bot) => tokenOf(`bot-${bot}`));
        return (number) => {
          const bot = number % bots;
          const address = addressOf(8, number % workers);
          const ballot = ballotRequest(site, { token: tokens[bot], choice: attacker });
          return voters.vote(String(bot), { ...ballot, address, agent });
        };
      }),
  },
  {
    name: "replayed tokens, ballots and receipts",
    // A repetition is acknowledged again; the same id with another choice is not.
    answers: ["202", "401 invalid-token", "409 ballot-id-reused"],
    begin: replay,
  },
];

type Sender = (voters: Voters, agent: Agent) => FloodOptions["send"];

function flood(
  options: Omit<FloodOptions, "send" | "until"> & Partial<Pick<FloodOptions, "until">>,
  sender: Sender,
  voters = new Voters(),
): Assault {
  const agent = new Agent({ keepAlive: true });
  const running = new Flood({ until: "202", ...options, send: sender(voters, agent) });
  return {
    async end() {
      await running.end();
      agent.destroy();
      return { answers: running.answers, ...(await voters.settle()) };
    },
  };
}

async function batchOfOneVoter(site: Site, voters: Voters, agent: Agent): Promise<Answer> {
  const { path, port } = ballotRequest(site, { choice: attacker });
  const token = tokensOf(site, { scope: "gateway" })("rogue");
  const headers = {
    ...{ authorization: `Bearer ${token}`, "content-type": "application/x-ndjson" },
    prefer: "return=minimal",
  };
  const line = () =>
    `${JSON.stringify({ voter: "many-ids", choice: attacker, ballotId: newId() })}\n`;
  const body = Array.from({ length: linesOfBatch }, line).join("");
  const address = addressOf(15, 0);
  const answer = await ask({ port, path: `${path}:batch`, headers, body, address, agent });
  if (answer.status === 200) {
    const { positions } = JSON.parse(answer.body) as { positions: Record<string, number> };
    voters.acknowledge("", positions);
  }
  return answer;
}

async function replay(site: Site, { workers, requests }: { workers: number; requests: number }) {
  const tokenOf = tokensOf(site);
  const voters = new Voters();
  const first = await Promise.all(
    Array.from({ length: replayed }, async (_, voter) => {
      const token = tokenOf(`replayed-${voter}`);
      const ballot = { token, choice: attacker, ballotId: newId() };
      const { headers, ...request } = ballotRequest(site, ballot);
      const asking = { ...request, headers: { ...headers, prefer: "receipt" } };
      const { places, body } = await voteUntilAcknowledged(asking);
      voters.acknowledge(String(voter), places);
      const { receipt = "" } = JSON.parse(body) as { receipt?: string };
      return { ...ballot, receipt };
    }),
  );
  const send = (number: number, agent: Agent) => {
    const { token, ballotId, receipt } = first[Math.floor(number / 4) % replayed];
    const ballot = [
      // The same again; another choice by the same id; another ballot; a receipt for a token.
      { token, choice: attacker, ballotId },
      { token, choice: forger, ballotId },
      { token, choice: forger },
      { token: receipt, choice: forger },
    ][number % 4];
    return ask({ ...ballotRequest(site, ballot), agent, address: addressOf(9, number % workers) });
  };
  const of: Sender = (_, agent) => async (number) => {
    const answer = await send(number, agent);
    const voter = String(Math.floor(number / 4) % replayed);
    if (answer.status === 202) voters.acknowledge(voter, placeOf(answer.body));
    return answer;
  };
  return flood({ workers, requests }, of, voters);
}
