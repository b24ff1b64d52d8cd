import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

/** Content codings that there is a choice of; in the order of preference. */
export const codings = ["br", "gzip", "identity"] as const;
export type Coding = (typeof codings)[number];

/** Below this, compression saves less than it costs the reader. */
const minCompressedBytes = 256;
/** Where a better ratio starts to cost much more time. */
const brotliQuality = 5;

const brotli = promisify(brotliCompress);
const deflate = promisify(gzip);

/**
 * RFC 9110 12.5.3: the coding that the client wants most; of equals, the smaller one. `identity`
 * where nothing else is acceptable, even if it is refused as well: there is nothing else to send.
 *
 * @param accepted the `Accept-Encoding` header
 */
export function chooseCoding(accepted: string | undefined): Coding {
  if (accepted === undefined) return "identity";
  const weights = new Map<string, number>();
  for (const part of accepted.split(",")) {
    const [name, ...parameters] = part.split(";").map((one) => one.trim().toLowerCase());
    if (name !== "") weights.set(name === "x-gzip" ? "gzip" : name, weightOf(parameters));
  }
  // Identity is acceptable unless it is excluded, but nobody asked for it.
  const weightIn = (coding: Coding) =>
    weights.get(coding) ?? weights.get("*") ?? (coding === "identity" ? 0.000_1 : 0);
  const best = [...codings].sort((one, other) => weightIn(other) - weightIn(one))[0];
  return weightIn(best) > 0 ? best : "identity";
}

/** `q=0` to `q=1`; something else is no wish. */
function weightOf(parameters: readonly string[]): number {
  const weight = parameters.find((parameter) => parameter.startsWith("q="));
  if (weight === undefined) return 1;
  return /^q=(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(weight) ? Number(weight.slice(2)) : 0;
}

/** A body in every coding that somebody has asked for; each is made once. */
export class CodedBody {
  readonly identity: Buffer;
  readonly #coded = new Map<Coding, Promise<Buffer>>();

  constructor(identity: Buffer | string) {
    this.identity = typeof identity === "string" ? Buffer.from(identity) : identity;
  }

  get size(): number {
    return this.identity.length;
  }

  get text(): string {
    return this.identity.toString();
  }

  /** The coding that this body has for whoever asks so: small ones are not compressed. */
  codingFor(accepted: string | undefined): Coding {
    return this.size < minCompressedBytes ? "identity" : chooseCoding(accepted);
  }

  in(coding: Coding): Promise<Buffer> {
    const known = this.#coded.get(coding);
    if (known !== undefined) return known;
    const made = this.#encode(coding);
    this.#coded.set(coding, made);
    return made;
  }

  async #encode(coding: Coding): Promise<Buffer> {
    if (coding === "identity") return this.identity;
    if (coding === "gzip") return deflate(this.identity);
    return brotli(this.identity, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: brotliQuality,
        [constants.BROTLI_PARAM_SIZE_HINT]: this.size,
      },
    });
  }
}
