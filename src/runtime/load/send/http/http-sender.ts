import { idBytes } from "../../../core/formats/ballot.js";
import { backoffMs } from "../../../time/backoff.js";
import { BallotJournal } from "../../measure/journal.js";
import { resendBackoff, type Sender, type SenderContext } from "../sender.js";
import { type BallotOutcome, ballotOutcomeOf } from "./ballot-answer.js";
import { authorization, ballotText, type Forgery, forgeryOf } from "./forgery.js";
import type { HttpConnection } from "./http-connection.js";
import { postRequest } from "./http-message.js";
import { type HttpAddress, type HttpTarget, targetAddress } from "./http-target.js";
import { HttpWorkers } from "./http-workers.js";

export interface HttpSenderOptions {
  readonly target: HttpTarget;
  readonly election: string;
  /** Candidate ids by choice. */
  readonly candidates: readonly string[];
  readonly connections: number;
  /** "load-SEED-STREAM": a voter's id is this, a hyphen and its index. */
  readonly voterPrefix: string;
}

/** Votes as voters do: one request for each ballot, with its voter's own token. */
export class HttpSender implements Sender {
  readonly journal: BallotJournal;
  readonly #context: SenderContext;
  readonly #options: HttpSenderOptions;
  readonly #address: HttpAddress;
  readonly #path: string;
  readonly #workers: HttpWorkers;
  /** Acknowledged ballots to send again. */
  readonly #retries: number[] = [];
  /** Ballots that another generator sent without getting an answer. */
  readonly #unanswered: number[] = [];

  /** @throws VoteError `invalid-usage` for a target that is not on this machine */
  constructor(context: SenderContext, options: HttpSenderOptions) {
    this.#context = context;
    this.#options = options;
    this.#address = targetAddress(options.target);
    this.#path = `/v1/elections/${options.election}/ballots`;
    this.journal = new BallotJournal(context.account.plan.total);
    this.#workers = new HttpWorkers(
      this.#address,
      options.connections,
      context.account,
      (connection, due) => this.#next(connection, due),
    );
  }

  pump(due: number): void {
    this.#workers.pump(due);
  }

  /**
   * Sends each ballot again that another generator may have sent without getting an answer, until
   * its outcome is known. Nothing about them counts as latency.
   */
  resend(indexes: Iterable<number>): void {
    for (const index of indexes) this.#unanswered.push(index);
  }

  async settled(): Promise<void> {
    await this.#workers.settled();
  }

  async close(): Promise<void> {
    this.#workers.close();
  }

  #next(connection: HttpConnection, due: number): Promise<void> | undefined {
    const { account } = this.#context;
    const again = this.#retries.pop();
    if (again !== undefined) return this.#sendAgain(connection, again);
    const unanswered = this.#unanswered.pop();
    if (unanswered !== undefined) return this.#resend(connection, unanswered);
    if (account.sent >= due) return undefined;
    return this.#sendFirst(connection, account.sent++);
  }

  async #sendFirst(connection: HttpConnection, index: number): Promise<void> {
    const { account, schedule, acknowledged, visible, elapsed } = this.#context;
    const sentAt = elapsed();
    const ids = account.plan.idsOf(Int32Array.of(index, 0, 0, 0));
    const voter = account.assignVoter(index, ids, 0);
    const again = account.retryBeside(index, ids, 0);
    if (again >= 0) {
      account.retriesSent++;
      this.#retries.push(again);
    }
    const outcome = await this.#sendUntilKnown(connection, voter, ids);
    if (outcome.kind === "unknown") account.unknown++;
    if (outcome.kind === "refused") account.refuse(index, outcome.code);
    if (outcome.kind !== "acknowledged") return;
    const now = elapsed();
    const intendedAt = schedule.timeOf(index);
    account.acknowledge(index, account.plan.choiceAt(ids, 0));
    acknowledged(intendedAt, sentAt, 1);
    visible.expect(outcome.partition, outcome.position, intendedAt, 1);
    this.journal.add(index, outcome.partition, outcome.position, now);
  }

  async #resend(connection: HttpConnection, index: number): Promise<void> {
    const { account, elapsed } = this.#context;
    const ids = account.plan.idsOf(Int32Array.of(index, 0, 0, 0));
    const voter = account.voterOf(index, ids, 0);
    account.resent++;
    const outcome = await this.#sendUntilKnown(connection, voter, ids);
    if (outcome.kind !== "acknowledged") {
      account.unknown++;
      return;
    }
    account.acknowledge(index, account.plan.choiceAt(ids, 0));
    this.journal.add(index, outcome.partition, outcome.position, elapsed());
  }

  async #sendAgain(connection: HttpConnection, index: number): Promise<void> {
    const { account } = this.#context;
    const ids = account.plan.idsOf(Int32Array.of(index, 0, 0, 0));
    const voter = account.voterOf(index, ids, 0);
    const outcome = await this.#sendUntilKnown(connection, voter, ids);
    if (outcome.kind === "acknowledged") account.retriesAcknowledged++;
  }

  /**
   * A refusal is an answer, unless a try before has had none: it says nothing about that one. Then
   * a 429, which passes, is a reason to ask again, and any other leaves the outcome unknown. No
   * forged ballot ever gets in.
   */
  async #sendUntilKnown(
    connection: HttpConnection,
    voter: number,
    ids: Int32Array,
  ): Promise<BallotOutcome> {
    const { account, elapsed, sleep, giveUpAfterMs } = this.#context;
    const { plan } = account;
    const forgery = plan.drawsForged(ids, 0)
      ? forgeryOf("http", plan.forgeryDraw(ids, 0))
      : undefined;
    const request = this.#request(voter, ids, forgery);
    const giveUpAt = elapsed() + giveUpAfterMs;
    for (let failures = 0; ; failures++) {
      const answer = await connection.send(request).catch(() => undefined);
      const outcome = ballotOutcomeOf(answer);
      if (outcome.kind === "acknowledged") return outcome;
      const isClear = failures === 0 || forgery !== undefined;
      if (outcome.kind === "refused" && isClear) return outcome;
      const passes = outcome.kind === "unknown" || outcome.code === "too-many-requests";
      if (!passes || elapsed() >= giveUpAt) return { kind: "unknown" };
      account.resent++;
      await sleep(backoffMs(failures + 1, resendBackoff));
    }
  }

  #request(voter: number, ids: Int32Array, forgery: Forgery | undefined): string {
    const { target, candidates, voterPrefix } = this.#options;
    const { plan } = this.#context.account;
    const token = authorization(target, `${voterPrefix}-${voter}`, forgery);
    const headers = `${token}Content-Type: application/json\r\n`;
    const choice = candidates[plan.choiceAt(ids, 0)];
    const ballotId = Buffer.from(ids.buffer, ids.byteOffset, idBytes).toString("hex");
    const body = ballotText(`"ballotId":"${ballotId}"`, choice, forgery);
    return postRequest(this.#address, this.#path, headers, body);
  }
}
