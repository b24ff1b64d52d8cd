import type { Election } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import { instanceOf } from "../../core/formats/definition.js";
import { requireTrusted } from "../../core/trust.js";
import { scheduleOf } from "../arrivals/arrivals.js";
import type { Schedule } from "../arrivals/schedule.js";
import { Account } from "../measure/account.js";
import type { StreamOutcome } from "../measure/outcome.js";
import { BallotPlan, weightsFor } from "../plan/ballot-plan.js";
import type { BallotScenario, StreamSpec } from "../scenario/scenario.js";
import { BatchSender } from "../send/http/batch-sender.js";
import { HttpSender } from "../send/http/http-sender.js";
import { voterPrefixOf } from "../send/http/http-target.js";
import { LogSender } from "../send/log/log-sender.js";
import type { Sender, SenderContext } from "../send/sender.js";
import { ElectionHours } from "./election-hours.js";
import type { LoadOptions } from "./options.js";

/** One stream of a run: its plan and account, its schedule, and its sender. */
export interface Stream {
  readonly spec: StreamSpec;
  readonly schedule: Schedule;
  readonly account: Account;
  readonly sender: Sender;
  /** When its last ballot was sent, in milliseconds after the start. */
  lastSentMs: number;
}

/** What became of the stream, for the reconciliation. */
export function streamOutcomeOf({
  spec,
  schedule,
  account,
  sender,
  lastSentMs,
}: Stream): StreamOutcome {
  return { spec, schedule, account, journal: sender.journal, lastSentMs };
}

/** A retry or second vote comes this long after the first, so that its answer is known. */
const lagSeconds = 1;

/**
 * When a stream's ballots are due, and what each of them is. Both follow from the scenario and the
 * seed alone, so that another process can derive the same.
 *
 * @throws VoteError `invalid-scenario` for candidates that the election does not have
 */
export function planStream(
  spec: StreamSpec,
  { scenario, election, seed }: { scenario: BallotScenario; election: Election; seed: number },
): { readonly schedule: Schedule; readonly plan: BallotPlan } {
  const schedule = scheduleOf(spec.arrivals, arrivalsKey(spec, seed));
  const lag = Math.min(lagSeconds * spec.peakPerSecond, schedule.total / 10);
  const plan = new BallotPlan({
    seed,
    stream: spec.name,
    total: schedule.total,
    weights: weightsFor(election, scenario),
    secondVoteShare: scenario.secondVoteShare,
    retryShare: scenario.retryShare,
    forgedShare: spec.forgedShare,
    bots: spec.bots,
    minLag: Math.max(1, Math.ceil(lag)),
    lagSpread: Math.max(1, Math.ceil(lag)),
  });
  return { schedule, plan };
}

/**
 * Prepares a stream for sending.
 *
 * @param number the stream's place in the scenario
 * @param shared what all senders of the run share
 * @throws VoteError `invalid-scenario` for candidates that the election does not have;
 *   `invalid-usage` for a stream over HTTP without a target; `untrusted-key` for one to the log if
 *   the election does not trust this host
 */
export function openStream(
  spec: StreamSpec,
  number: number,
  options: LoadOptions,
  shared: Omit<SenderContext, "account" | "schedule"> & {
    readonly hours: ElectionHours | undefined;
  },
): Stream {
  const { schedule, plan } = planStream(spec, options);
  const account = new Account(plan);
  const { hours, ...common } = shared;
  const context = { ...common, account, schedule };
  const sender = openSender(spec, number, options, context, hours);
  return { spec, schedule, account, sender, lastSentMs: 0 };
}

/** All shares of a stream draw from the same arrivals. */
function arrivalsKey({ name, arrivals }: StreamSpec, seed: number): string {
  return `vote-load/1\n${seed}\n${arrivals.share?.stream ?? name}\narrivals`;
}

/** Sending waits once a stalled system owes this many seconds of answers. */
const underWaySeconds = 1;
const minUnderWay = 65_536;

function openSender(
  spec: StreamSpec,
  number: number,
  options: LoadOptions,
  context: SenderContext,
  hours: ElectionHours | undefined,
): Sender {
  const { election, log, producerId, framesKey, clock } = options;
  if (spec.via === "log") {
    requireTrusted(election, framesKey, "frames");
    return new LogSender(context, {
      log,
      election: election.id,
      instance: instanceOf(election),
      partitions: election.partitions,
      hours: hours ?? new ElectionHours({ election, clock }),
      producerId: producerId(number),
      framesKey,
      maxUnderWay: Math.max(minUnderWay, Math.ceil(spec.peakPerSecond * underWaySeconds)),
    });
  }
  if (options.http === undefined) {
    throw new VoteError("invalid-usage", `Stream ${spec.name} goes over HTTP, but has no target.`, {
      hint: "Start `vote dev`, name an ingest with --target, or leave it out with --via log.",
    });
  }
  const http = {
    target: options.http,
    election: election.id,
    candidates: election.candidates.map(({ id }) => id),
    connections: spec.connections,
    voterPrefix: voterPrefixOf(options.seed, spec.name),
  };
  if (spec.via === "http") return new HttpSender(context, http);
  const { partitions } = election;
  return new BatchSender(context, { ...http, partitions, batchBallots: spec.batchBallots });
}
