import type { Places } from "./places.js";
import type { Site } from "./site.js";

/** How much of everything there is. */
export interface Size {
  /** Slow senders, slow readers; and idle connections, which are all of one address. */
  readonly connections: number;
  /** Clients of each role that pipeline and never read. */
  readonly pipelining: number;
  /** Batch bodies of 4 MB that stay without their last byte. */
  readonly batchBodies: number;
  /** Requests of one voter under way at once. */
  readonly atOnce: number;
  /** Ballot ids of one voter, in a gateway's batches. */
  readonly ballotIds: number;
  /** Addresses of one voter. */
  readonly addresses: number;
  /** Requests of bots with good tokens. */
  readonly perSecond: number;
  /** How many requests of other floods are under way at once. */
  readonly workers: number;
  /** Each flood sends so many requests, however soon it may end. */
  readonly requests: number;
}

/** What an attack has got, in the end. */
export interface Harm {
  /** How many answers there were of each kind: `429 too-many-requests`. */
  readonly answers: Readonly<Record<string, number>>;
  /** Attackers whom one vote each is due, since they have a good token and an acknowledgement. */
  readonly voters: number;
  readonly places: Places;
}

export interface Assault {
  /** Ends it. Resolves once every request has its answer. */
  end(): Promise<Harm>;
}

export interface Attack {
  readonly name: string;
  /** The answers it may get, beside those that ask to send again. The first it gets for certain. */
  readonly answers: readonly string[];
  /** All its connections are of one address: the server cuts those over its limit. */
  readonly ofOneAddress?: boolean;
  /** Resolves once it is under way. */
  begin(site: Site, size: Size): Promise<Assault>;
}

/** An end of the connection before the answer. */
export const noAnswer = "no answer";

/** Whether any request may be answered like this: whoever sent it may send it again. */
export const asksAgain = (answer: string) => answer === noAnswer || /^(408|429|503) /.test(answer);
