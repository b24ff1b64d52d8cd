import {
  type LatencyUnit,
  type Method,
  type Metric,
  metrics,
  operators,
  unitsMs,
} from "../../contracts/load/scenario-thresholds.js";
import type { VoteError } from "../../core/errors.js";
import { isTrend, methodsOf, type Threshold } from "./threshold.js";

/** Makes the error from what is wrong and what would be right. */
type RefuseThreshold = (detail: string, hint: string) => VoteError;

const examples = "p(99)<250ms, visible: p(99.9)<=1s, votes: rate>=250000, lost==0";
const grammar = `[METRIC:] METHOD OPERATOR VALUE, as in ${examples}`;

/**
 * Reads a bound as k6 writes it.
 *
 * @param text   `p(99)<250ms`, or with its metric: `visible: p(99)<250ms`
 * @param refuse makes the error for what is not right; the detail says at which character
 * @param metric when it is known from elsewhere; the text then has none
 */
export function parseThreshold(text: string, refuse: RefuseThreshold, metric?: Metric): Threshold {
  const scan = new Scan(text, refuse);
  const named = metric ?? metricOf(scan);
  const { method, found } = methodOf(scan, named);
  const percentile = method === "p" ? percentileOf(scan) : undefined;
  const operator = scan.oneOf([...operators, "==="], "an operator");
  const value = scan.number("a number");
  const unit = isTrend(found) ? unitOf(scan) : undefined;
  scan.end(isTrend(found) && unit === undefined ? "ms, s, us or the end" : "the end");
  return {
    metric: found,
    method,
    ...(percentile === undefined ? {} : { percentile }),
    operator: operator === "===" ? "==" : operator,
    value,
    ...(unit === undefined ? {} : { unit }),
  };
}

function metricOf(scan: Scan): Metric | undefined {
  return scan.before(":") ? scan.labelled() : undefined;
}

/** Without a metric, the first one that has the method is meant. */
function methodOf(scan: Scan, metric: Metric | undefined): { method: Method; found: Metric } {
  const methods = (metric === undefined ? metrics : [metric]).flatMap((one) => methodsOf(one));
  const method = scan.oneOf([...new Set(methods)], "a method", "word");
  const found = metric ?? metrics.find((one) => methodsOf(one).includes(method));
  if (found === undefined) throw new Error(`No metric has ${method}`);
  return { method, found };
}

function percentileOf(scan: Scan): number {
  scan.oneOf(["("], "the percentile");
  const percentile = scan.number("a percentile from 0 to 100", 100);
  scan.oneOf([")"], "the end of the percentile");
  return percentile;
}

function unitOf(scan: Scan): LatencyUnit | undefined {
  if (scan.isAtEnd) return undefined;
  return scan.oneOf(Object.keys(unitsMs) as LatencyUnit[], "a unit", "word");
}

/** Reads a text from left to right, and says at which character it is not what it should be. */
class Scan {
  readonly #text: string;
  readonly #refuse: RefuseThreshold;
  #at = 0;

  constructor(text: string, refuse: RefuseThreshold) {
    this.#text = text;
    this.#refuse = refuse;
  }

  get isAtEnd(): boolean {
    this.#skipSpace();
    return this.#at === this.#text.length;
  }

  before(mark: string): boolean {
    return this.#text.includes(mark);
  }

  labelled(): Metric {
    const metric = this.oneOf(metrics, "a metric", "word");
    this.oneOf([":"], "the end of the metric");
    return metric;
  }

  /** @param form words end where no letter follows, so that "min" is not "minute" */
  oneOf<const Choice extends string>(
    choices: readonly Choice[],
    what: string,
    form: "word" | "mark" = "mark",
  ): Choice {
    this.#skipSpace();
    const rest = this.#text.slice(this.#at);
    const word = form === "word" ? (/^[a-z_]+/i.exec(rest)?.[0] ?? "") : undefined;
    const longestFirst = [...choices].sort((one, other) => other.length - one.length);
    const choice = longestFirst.find((one) =>
      word === undefined ? rest.startsWith(one) : word === one,
    );
    if (choice === undefined) throw this.#expected(`${what} (${choices.join(" ")})`);
    this.#at += choice.length;
    return choice;
  }

  number(what: string, max = Number.MAX_VALUE): number {
    this.#skipSpace();
    const [digits] = /^\d+(\.\d+)?(e[+-]?\d+)?/i.exec(this.#text.slice(this.#at)) ?? [""];
    if (digits === "" || Number(digits) > max) throw this.#expected(what);
    this.#at += digits.length;
    return Number(digits);
  }

  end(what: string): void {
    if (!this.isAtEnd) throw this.#expected(what);
  }

  #skipSpace(): void {
    while (this.#text[this.#at] === " ") this.#at++;
  }

  #expected(what: string): VoteError {
    const rest = this.#text.slice(this.#at);
    const instead = rest === "" ? "the text ends there" : `not ${JSON.stringify(rest)}`;
    const place = `${JSON.stringify(this.#text)}, character ${this.#at + 1}`;
    return this.#refuse(`${place}: expected is ${what}, ${instead}`, `Write ${grammar}.`);
  }
}
