import { errorCatalogue } from "../../../core/errors.js";
import { backoffMs } from "../../../time/backoff.js";
import { ChunkJournal } from "../../measure/journal.js";
import { blockWords } from "../../plan/ballot-plan.js";
import { resendBackoff, type Sender, type SenderContext } from "../sender.js";
import { type BatchOutcome, batchOutcomeOf } from "./ballot-answer.js";
import { ballotText, forgeryOf } from "./forgery.js";
import type { HttpConnection } from "./http-connection.js";
import { postRequest } from "./http-message.js";
import type { HttpSenderOptions } from "./http-sender.js";
import { type HttpAddress, targetAddress } from "./http-target.js";
import { HttpWorkers } from "./http-workers.js";

interface BatchSenderOptions extends HttpSenderOptions {
  readonly batchBallots: number;
  readonly partitions: number;
}

interface Line {
  readonly index: number;
  /** A retry of a ballot that was acknowledged. */
  readonly again: boolean;
  /** Must be refused. */
  readonly forged: boolean;
  readonly choice: number;
  readonly text: string;
}

/** The batches made at each pump: at 2,000 ballots each, some 10 ms of work. */
const startsAtOnce = 4;

interface SentBatch {
  /** The first index, and the one after the last. */
  readonly from: number;
  readonly to: number;
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
    const count = Math.min(due - account.sent, this.#options.batchBallots);
    if (count <= 0) return undefined;
    const from = account.sent;
    const lines = this.#lines(from, count);
    account.sent += count;
    return this.#sendUntilKnown(connection, from, from + count, lines);
  }

  #lines(from: number, count: number): Line[] {
    const { account } = this.#context;
    const retries = new Set<number>();
    const fresh = blocksOf(Array.from({ length: count }, (_, k) => from + k));
    const ids = account.plan.idsOf(fresh);
    const lines = this.#format(fresh, ids, false, (index, at) => {
      const again = account.retryBeside(index, ids, at);
      if (again >= 0) retries.add(again);
      return account.assignVoter(index, ids, at);
    });
    if (retries.size === 0) return lines;
    account.retriesSent += retries.size;
    const blocks = blocksOf([...retries]);
    const earlier = account.plan.idsOf(blocks);
    const more = this.#format(blocks, earlier, true, (index, at) =>
      account.voterOf(index, earlier, at),
    );
    return lines.concat(more);
  }

  #format(
    indexes: Int32Array,
    ids: Int32Array,
    again: boolean,
    voterOf: (index: number, at: number) => number,
  ): Line[] {
    const { candidates, voterPrefix } = this.#options;
    const { plan } = this.#context.account;
    const hex = Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength).toString("hex");
    return Array.from({ length: ids.length / blockWords }, (_, k) => {
      const at = k * blockWords;
      const index = indexes[at] >>> 0;
      const choice = plan.choiceAt(ids, at);
      const ballotId = hex.slice(k * 32, k * 32 + 32);
      const voter = `${voterPrefix}-${voterOf(index, at)}`;
      const forged = plan.drawsForged(ids, at);
      const forgery = forged ? forgeryOf("http-batch", plan.forgeryDraw(ids, at)) : undefined;
      const fields = `"voter":"${voter}","ballotId":"${ballotId}"`;
      const text = `${ballotText(fields, candidates[choice], forgery)}\n`;
      return { index, again, forged, choice, text };
    });
  }

  async #sendUntilKnown(
    connection: HttpConnection,
    from: number,
    to: number,
    all: Line[],
  ): Promise<void> {
    const { account, elapsed, sleep, giveUpAfterMs } = this.#context;
    const sentAt = elapsed();
    const giveUpAt = sentAt + giveUpAfterMs;
    let open = all;
    for (let failures = 0; open.length > 0; failures++) {
      if (failures > 0) {
        account.resent += countFresh(open);
        await sleep(backoffMs(failures, resendBackoff));
      }
      const request = postRequest(this.#address, this.#path, this.#headers, textOf(open));
      const answer = await connection.send(request).catch(() => undefined);
      const outcome = batchOutcomeOf(answer, open.length);
      const batch = { from, to, sentAt, sentBefore: failures > 0 };
      if (outcome !== undefined) open = this.#settle(batch, open, outcome);
      if (elapsed() < giveUpAt) continue;
      account.unknown += countFresh(open);
      return;
    }
  }

  /** @returns the lines to send again: their frame's outcome is unknown */
  #settle(
    { from, to, sentAt, sentBefore }: SentBatch,
    lines: readonly Line[],
    { refusals, positions }: BatchOutcome,
  ): Line[] {
    const { account, schedule, acknowledged, elapsed } = this.#context;
    const open: Line[] = [];
    let accepted = 0;
    for (let place = 0; place < lines.length; place++) {
      const line = lines[place];
      const code = refusals.get(place);
      if (code === undefined) {
        if (line.again) account.retriesAcknowledged++;
        else {
          account.acknowledge(line.index, line.choice);
          accepted++;
        }
      } else if (isUnknown(code)) open.push(line);
      else if (!line.again && sentBefore && !line.forged) account.unknown++;
      else if (!line.again) account.refuse(line.index, code);
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

function blocksOf(indexes: readonly number[]): Int32Array {
  const blocks = new Int32Array(indexes.length * blockWords);
  for (let k = 0; k < indexes.length; k++) blocks[k * blockWords] = indexes[k];
  return blocks;
}

function countFresh(lines: readonly Line[]): number {
  return lines.reduce((count, { again }) => count + (again ? 0 : 1), 0);
}

function textOf(lines: readonly Line[]): string {
  let text = "";
  for (const line of lines) text += line.text;
  return text;
}
