import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { VoterCrowd } from "../../../src/runtime/chaos/scene/voter-crowd.js";
import type { Election } from "../../../src/runtime/core/election.js";
import type { Certificate } from "../../../src/runtime/core/formats/certificate.js";
import { eventually } from "../temporary.js";
import { textTable } from "../terminal/text-table.js";
import type { ListenerOrder, ListenersNow } from "./listener-process.js";

const script = fileURLToPath(new URL("./listener-process.ts", import.meta.url));

/** A bound, not a measure: everything must have recovered within this time. */
const wholeWithinMs = 60_000;

/** Something that is killed while the clients listen. */
export interface Blow {
  readonly what: string;
  /** Done first. */
  readonly kill: () => Promise<void>;
  /** What has to show before it is started again; `clients` is how many there are. */
  readonly shows?: (now: ListenersNow, clients: number) => boolean;
  /** Not for a blow that leaves everything running. */
  readonly restart?: () => Promise<void>;
}

/** The certificate in the form of a result. */
export function officialOf(election: Election, certificate: Certificate): string {
  const { counted, rejected, result, digest, certifiedAt } = certificate;
  const votes = new Map(result.map((line) => [line.candidate, line.votes]));
  const lines = election.candidates.map(({ id, name }) => {
    const own = votes.get(id) ?? 0;
    return { candidate: id, name, votes: own, share: own / counted };
  });
  const standing = { official: true, status: "certified" };
  return JSON.stringify({ ...standing, counted, rejected, result: lines, digest, certifiedAt });
}

/** A long run has more: `VOTE_CLIENTS=1000`. */
export const clientCount = Number(process.env.VOTE_CLIENTS ?? 200);

/** Real clients of `vote serve`, in a separate process, and what each blow did to them. */
export class ListenerCrowd {
  readonly #child: ChildProcess;
  readonly #rows: { readonly what: string; readonly seen: ListenersNow }[] = [];

  private constructor(
    child: ChildProcess,
    readonly clients: number,
  ) {
    this.#child = child;
  }

  /** A tenth of them over WebSockets. Resolves when each has been told of a result. */
  static async start(url: string, election: string, clients = clientCount): Promise<ListenerCrowd> {
    const child = fork(script, { execArgv: ["--import", "tsx"] });
    const crowd = new ListenerCrowd(child, clients);
    const { hostname: host, port } = new URL(url);
    const webSockets = clients / 10;
    const events = clients - webSockets;
    crowd.#send({ host, port: Number(port), election, events, webSockets });
    await crowd.until("every client to be told", ({ counted }) => counted >= 0);
    return crowd;
  }

  look(): Promise<ListenersNow> {
    return this.#ask("look");
  }

  async until(what: string, is: (now: ListenersNow) => boolean): Promise<ListenersNow> {
    let last: ListenersNow | undefined;
    try {
      return await eventually(
        what,
        async () => {
          last = await this.look();
          return is(last) && last;
        },
        wholeWithinMs,
      );
    } catch (error) {
      throw new Error(`${(error as Error).message}: ${JSON.stringify(last)}`, { cause: error });
    }
  }

  /** Strikes, and waits until every client has seen votes that were cast afterwards. */
  async suffer(blow: Blow, voters: VoterCrowd): Promise<void> {
    await this.turnPage();
    await blow.kill();
    const { shows } = blow;
    if (shows) await this.until(`${blow.what} to show`, (now) => shows(now, this.clients));
    await blow.restart?.();
    const { acknowledged } = voters;
    const before = acknowledged.size;
    const voted = () => acknowledged.size >= before + 100;
    await eventually("votes to go on", voted, wholeWithinMs);
    const promised = [...acknowledged.values()].filter(({ expected }) => expected === "counted");
    await this.until(
      `every client to see what was voted after ${blow.what}`,
      (now) => now.connected === this.clients && now.counted >= promised.length,
    );
    await this.#note(blow.what);
  }

  /** Every client has to end, with the certificate's figures and nothing else. */
  async expectOfficial(what: string, official: string): Promise<void> {
    await this.until("every client to hear the end", ({ ended }) => ended === this.clients);
    const { problems, officials, problemCount } = await this.#note(what);
    expect({ problems, problemCount }).toEqual({ problems: [], problemCount: 0 });
    expect(officials).toEqual([official]);
  }

  async turnPage(): Promise<void> {
    await this.#ask("turn");
  }

  print(): void {
    const head = ["killed", "clients", "lost", "reconnects", "refused", "events"];
    const more = ["told stale", "told behind", "told closing", "silence ms", "ended official"];
    const rows = this.#rows.map(({ what, seen }) => {
      const { lost, reconnects, refused, events, stale, behind, closing } = seen;
      const figures = [this.clients, lost, reconnects, refused, events, stale, behind, closing];
      return [what, ...[...figures, seen.longestSilenceMs, seen.ended].map(String)];
    });
    process.stdout.write(`\n${textTable([[...head, ...more], ...rows])}\n`);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const gone = once(this.#child, "exit");
    this.#child.disconnect();
    await gone;
  }

  async #note(what: string): Promise<ListenersNow> {
    const seen = await this.#ask("turn");
    this.#rows.push({ what, seen });
    expect(seen.problems).toEqual([]);
    return seen;
  }

  #send(order: ListenerOrder): void {
    this.#child.send(order);
  }

  async #ask(order: "look" | "turn"): Promise<ListenersNow> {
    const answer = once(this.#child, "message");
    this.#send(order);
    const [now] = await answer;
    return now as ListenersNow;
  }
}
