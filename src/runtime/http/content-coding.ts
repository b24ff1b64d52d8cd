import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import Negotiator from "negotiator";

/** The content codings that we offer, in the order of preference. */
const codings = ["br", "gzip", "identity"] as const;
type Coding = (typeof codings)[number];

/** Below this size, compression saves less than decompression costs the reader. */
const minCompressedBytes = 256;
/** A higher quality costs much more time. */
const brotliQuality = 5;

const compressBrotli = promisify(brotliCompress);
const compressGzip = promisify(gzip);

/** Weights that RFC 9110 12.4.2 does not allow. */
const invalidWeight = /q=(?!(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*(?:[,;]|$))[^,;]*/gi;

/** The typings of negotiator lack the second parameter. */
interface EncodingNegotiator {
  encodings(available: readonly Coding[], options: { preferred: readonly Coding[] }): string[];
}

/**
 * Chooses the coding that the client prefers (RFC 9110 12.5.3), and among equals the smallest. A
 * coding with an invalid weight counts as refused. A client that refuses every coding gets
 * `identity`.
 *
 * @param accepted the `Accept-Encoding` header
 */
function chooseCoding(accepted: string | undefined): Coding {
  // RFC 9110 8.4.1.3: x-gzip is an alias.
  const header = accepted?.replace(/x-gzip/gi, "gzip").replace(invalidWeight, "q=0");
  const headers = { "accept-encoding": header };
  const negotiator: EncodingNegotiator = new Negotiator({ headers });
  const [best] = negotiator.encodings(codings, { preferred: codings });
  return codings.find((coding) => coding === best) ?? "identity";
}

/** A response body that is encoded once for each coding that clients ask for. */
export class CodedBody {
  readonly identity: Buffer;
  readonly #encoded = new Map<Coding, Promise<Buffer>>();

  constructor(identity: Buffer | string) {
    this.identity = typeof identity === "string" ? Buffer.from(identity) : identity;
  }

  /** Uncompressed size in bytes. */
  get size(): number {
    return this.identity.length;
  }

  get text(): string {
    return this.identity.toString();
  }

  /** Chooses the coding for an `Accept-Encoding` header; a small body is not compressed. */
  codingFor(accepted: string | undefined): Coding {
    return this.size < minCompressedBytes ? "identity" : chooseCoding(accepted);
  }

  /** Returns the bytes of this body in a coding. */
  in(coding: Coding): Promise<Buffer> {
    const encoded = this.#encoded.get(coding) ?? this.#encode(coding);
    this.#encoded.set(coding, encoded);
    return encoded;
  }

  async #encode(coding: Coding): Promise<Buffer> {
    if (coding === "identity") return this.identity;
    if (coding === "gzip") return compressGzip(this.identity);
    return compressBrotli(this.identity, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: brotliQuality,
        [constants.BROTLI_PARAM_SIZE_HINT]: this.size,
      },
    });
  }
}
