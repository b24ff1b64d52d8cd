import type { FastifyReply, FastifyRequest } from "fastify";
import { VoteError } from "../../core/errors.js";
import { maxBatchBodyBytes } from "../../core/limits.js";

/** Bounds what the bodies of all batches under way take together. */
export class BodyBudget {
  readonly #maxBytes: number;
  #takenBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Takes the body's share, before it is read, until the request has its answer.
   *
   * @throws VoteError `overloaded`
   */
  take(request: FastifyRequest, reply: FastifyReply): void {
    // A chunked body does not say how long it is.
    const bytes = Number(request.headers["content-length"] ?? maxBatchBodyBytes);
    if (this.#takenBytes + bytes > this.#maxBytes) {
      throw new VoteError("overloaded", "Too many batches are under way.", {
        hint: "Nothing of this request was taken. Send it again later.",
      });
    }
    this.#takenBytes += bytes;
    reply.raw.once("close", () => {
      this.#takenBytes -= bytes;
    });
  }
}
