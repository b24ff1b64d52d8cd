import { errorCatalogue } from "../../../core/errors.js";
import { backoffMs } from "../../../time/backoff.js";
import { ChunkJournal } from "../../measure/journal.js";
import { blockWords } from "../../plan/ballot-plan.js";
import { lingers, resendBackoff, type Sender, type SenderContext } from "../sender.js";
import { type BatchOutcome, batchOutcomeOf } from "./ballot-answer.js";
import { type BatchLines, LineWriter } from "./batch-lines.js";
import type { HttpConnection } from "./http-connection.js";
import { requestHead } from "./http-message.js";
import type { HttpSenderOptions } from "./http-sender.js";
import { type HttpAddress, targetAddress } from "./http-target.js";
import { HttpWorkers } from "./http-workers.js";

interface BatchSenderOptions extends HttpSenderOptions {
  readonly batchBallots: number;
  readonly partitions: number;
}

/** The batches made at each pump: at 2,000 ballots each, a few milliseconds of work. */
const startsAtOnce = 4;

interface SentBatch {
  /** The first index, and the one after the last. */
  readonly from: number;
  readonly to: number;
  /** The new ballots, and behind them the retries of acknowledged ones. */
  readonly lines: BatchLines;
  readonly sentAt: number;
  /** An earlier try had no answer. */
  readonly sentBefore: boolean;
}

/** Votes as a trusted gateway does: many voters' ballots in one request. */
export class BatchSender implements Sender {
  readonly journal: ChunkJournal;
  readonly #context: SenderContext;
  readonly #options: BatchSenderOptions;
  readonly #address: HttpAddress;
  readonly #path: string;
  readonly #headers: string;
  readonly #writer: LineWriter;
  readonly #workers: HttpWorkers;

  /** @throws VoteError `invalid-usage` for a target that is not on this machine */
  constructor(context: SenderContext, options: BatchSenderOptions) {
    this.#context = context;
    this.#options = options;
    this.#address = targetAddress(options.target);
    this.#path = `/v1/elections/${options.election}/ballots:batch`;
    this.#headers =
      `Authorization: Bearer ${options.target.gatewayToken()}\r\n` +
      "Content-Type: application/x-ndjson\r\nPrefer: return=minimal\r\n";
    this.journal = new ChunkJournal(options.partitions);
    this.#writer = new LineWriter({ plan: context.account.plan, ...options });
    this.#workers = new HttpWorkers(
      this.#address,
      options.connections,
      context.account,
      (connection, due) => this.#next(connection, due),
      startsAtOnce,
    );
  }

  pump(due: number): void {
    this.#workers.pump(due);
  }

  async settled(): Promise<void> {
    await this.#workers.settled();
  }

  async close(): Promise<void> {
    this.#workers.close();
  }

  #next(connection: HttpConnection, due: number): Promise<void> | undefined {
    const { account } = this.#context;
    const { batchBallots } = this.#options;
    const count = Math.min(due - account.sent, batchBallots);
    if (count <= 0) return undefined;
    if (count < batchBallots && lingers(this.#context, this.#workers.busy)) return undefined;
    const from = account.sent;
    const lines = this.#lines(from, count);
    account.sent += count;
    return this.#sendUntilKnown(connection, from, from + count, lines);
  }

  #lines(from: number, count: number): BatchLines {
    const { account } = this.#context;
    const { plan } = account;
    const ids = plan.idsOf(blocksOf(count, (k) => from + k));
    const retries = this.#retriesBeside(from, count, ids);
    const lines = this.#writer.begin(count + retries.length);
    for (let k = 0, at = 0; k < count; k++, at += blockWords) {
      this.#writer.add(lines, from + k, account.assignVoter(from + k, ids, at), ids, at);
    }
    account.retriesSent += retries.length;
    const earlier = plan.idsOf(blocksOf(retries.length, (k) => retries[k]));
    for (let k = 0, at = 0; k < retries.length; k++, at += blockWords) {
      const voter = account.voterOf(retries[k], earlier, at);
      this.#writer.add(lines, retries[k], voter, earlier, at);
    }
    return lines;
  }

  /** The acknowledged ballots to send again beside these, each once. */
  #retriesBeside(from: number, count: number, ids: Int32Array): number[] {
    const { account } = this.#context;
    const retries = new Set<number>();
    for (let k = 0, at = 0; k < count; k++, at += blockWords) {
      const again = account.retryBeside(from + k, ids, at);
      if (again >= 0) retries.add(again);
    }
    return [...retries];
  }

  async #sendUntilKnown(
    connection: HttpConnection,
    from: number,
    to: number,
    lines: BatchLines,
  ): Promise<void> {
    const { account, elapsed, sleep, giveUpAfterMs } = this.#context;
    const sentAt = elapsed();
    const giveUpAt = sentAt + giveUpAfterMs;
    const countFresh = (open: readonly number[]) =>
      open.reduce((count, line) => count + (line < to - from ? 1 : 0), 0);
    let open = linesUpTo(lines.count);
    for (let failures = 0; open.length > 0; failures++) {
      if (failures > 0) {
        account.resent += open.length;
        await sleep(backoffMs(failures, resendBackoff));
      }
      const body = lines.bytesOf(open);
      const head = requestHead(this.#address, this.#path, this.#headers, body.length);
      const answer = await connection.send(head, body).catch(() => undefined);
      const outcome = batchOutcomeOf(answer, open.length);
      // Any other answer may come before the server has read everything.
      const isRead = failures === 0 && answer?.status === 200;
      const batch = { from, to, lines, sentAt, sentBefore: failures > 0 };
      if (outcome !== undefined) open = this.#settle(batch, open, outcome);
      if (isRead && open.length === 0) this.#writer.release(lines);
      if (elapsed() < giveUpAt) continue;
      account.unknown += countFresh(open);
      return;
    }
  }

  /**
   * @param sent the lines that this is the answer to
   * @returns the lines to send again: their frame's outcome is unknown
   */
  #settle(
    { from, to, lines, sentAt, sentBefore }: SentBatch,
    sent: readonly number[],
    { refusals, positions }: BatchOutcome,
  ): number[] {
    const { account, schedule, acknowledged, elapsed } = this.#context;
    const fresh = to - from;
    const open: number[] = [];
    let accepted = 0;
    for (let place = 0; place < sent.length; place++) {
      const line = sent[place];
      const again = line >= fresh;
      const code = refusals.get(place);
      if (code === undefined) {
        if (again) account.retriesAcknowledged++;
        else {
          account.acknowledge(lines.indexes[line], lines.choices[line]);
          accepted++;
        }
      } else if (isUnknown(code)) open.push(line);
      else if (!again && sentBefore && lines.forged[line] === 0) account.unknown++;
      else if (!again) account.refuse(lines.indexes[line], code);
    }
    const intendedAt = schedule.timeOf(from);
    acknowledged(intendedAt, sentAt, accepted);
    this.#expectVisible(positions, intendedAt, accepted);
    const byPartition = new Float64Array(this.#options.partitions).fill(-1);
    for (const [partition, position] of positions) byPartition[partition] = position;
    this.journal.add(from, to, elapsed(), byPartition);
    return open;
  }

  /** Spreads the ballots evenly, as the answer gives only each partition's last position. */
  #expectVisible(
    positions: ReadonlyMap<number, number>,
    intendedAt: number,
    accepted: number,
  ): void {
    let rest = accepted;
    let partitions = positions.size;
    for (const [partition, position] of positions) {
      const share = Math.ceil(rest / partitions--);
      rest -= share;
      this.#context.visible.expect(partition, position, intendedAt, share);
    }
  }
}

/** Whether the code would be a 5xx for a single ballot, which may then be in the log or not. */
function isUnknown(code: string): boolean {
  const kinds: Readonly<Record<string, { readonly status: number } | undefined>> = errorCatalogue;
  return (kinds[code]?.status ?? 0) >= 500;
}

function linesUpTo(count: number): number[] {
  const lines: number[] = [];
  for (let line = 0; line < count; line++) lines.push(line);
  return lines;
}

/** A block for each of `count` indexes. */
function blocksOf(count: number, indexOf: (k: number) => number): Int32Array {
  const blocks = new Int32Array(count * blockWords);
  for (let k = 0; k < count; k++) blocks[k * blockWords] = indexOf(k);
  return blocks;
}
