import { PassThrough, Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import type { VoteError } from "../../../../src/runtime/core/errors.js";
import { BodyReader } from "../../../../src/runtime/ingest/bodies/body-reader.js";

const maxBytes = 300_000;

function read(reader: BodyReader, payload: Readable, length?: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    reader.read(payload, length, (error, body) => {
      if (body === undefined) reject(error ?? new Error("neither a body nor an error"));
      else resolve(body);
    });
  });
}

/** Chunks as a socket brings them, none of them like another. */
const chunksOf = (bytes: number) =>
  Array.from({ length: Math.ceil(bytes / 50_000) }, (_, number) =>
    Buffer.alloc(Math.min(50_000, bytes - number * 50_000), number + 1),
  );
const codeOf = (reading: Promise<Buffer>) =>
  reading.then(
    () => "a body",
    (error: VoteError) => error.code,
  );

describe("BodyReader", () => {
  it.each([0, 1, 65_536, 200_001, maxBytes])("reads %i bytes, announced or not", async (bytes) => {
    const reader = new BodyReader(maxBytes);
    const chunks = chunksOf(bytes);
    const whole = Buffer.concat(chunks);
    expect(whole.equals(await read(reader, Readable.from(chunks), bytes))).toBe(true);
    expect(whole.equals(await read(reader, Readable.from(chunks)))).toBe(true);
  });

  it("uses the memory of a body again once it is given back, and not before", async () => {
    const reader = new BodyReader(maxBytes);
    const first = await read(reader, Readable.from([Buffer.from("first")]), 5);
    const second = await read(reader, Readable.from([Buffer.from("second")]), 6);
    expect([first.toString(), second.toString()]).toEqual(["first", "second"]);
    expect(second.buffer).not.toBe(first.buffer);
    reader.release(first);
    const third = await read(reader, Readable.from([Buffer.from("3")]), 1);
    expect(third.buffer).toBe(first.buffer);
    expect([third.toString(), second.toString()]).toEqual(["3", "second"]);
  });

  it("does not fit a long body into the memory of a short one", async () => {
    const reader = new BodyReader(maxBytes);
    reader.release(await read(reader, Readable.from([Buffer.from("short")]), 5));
    const chunks = chunksOf(250_000);
    const body = await read(reader, Readable.from(chunks), 250_000);
    expect(body.equals(Buffer.concat(chunks))).toBe(true);
  });

  it("refuses a body that is too large, by what is announced and by what comes", async () => {
    const reader = new BodyReader(maxBytes);
    const more = maxBytes + 1;
    expect(await codeOf(read(reader, new PassThrough(), more))).toBe("body-too-large");
    expect(await codeOf(read(reader, Readable.from(chunksOf(more))))).toBe("body-too-large");
  });

  it("refuses a body that ends early, or breaks off", async () => {
    const reader = new BodyReader(maxBytes);
    expect(await codeOf(read(reader, Readable.from([Buffer.from("half")]), 8))).toBe("bad-request");
    const broken = new PassThrough();
    const reading = codeOf(read(reader, broken, 8));
    broken.write("half");
    broken.destroy(new Error("aborted"));
    expect(await reading).toBe("bad-request");
  });

  it("gives a short body no long one's memory, and keeps that for the next long one", async () => {
    const reader = new BodyReader(maxBytes);
    const readLong = () => read(reader, Readable.from(chunksOf(250_000)), 250_000);
    const long = await readLong();
    reader.release(long);
    const short = await read(reader, Readable.from([Buffer.from("short")]), 5);
    expect(short.buffer.byteLength).toBe(65_536);
    expect((await readLong()).buffer).toBe(long.buffer);
  });

  it("uses the memory of a body again that broke off or was too large", async () => {
    const reader = new BodyReader(maxBytes);
    const readOne = () => read(reader, Readable.from([Buffer.from("one")]), 3);
    const first = await readOne();
    reader.release(first);
    const broken = new PassThrough();
    const reading = codeOf(read(reader, broken, 8));
    // It has the memory meanwhile.
    expect((await readOne()).buffer).not.toBe(first.buffer);
    broken.destroy(new Error("aborted"));
    await reading;
    const second = await readOne();
    expect(second.buffer).toBe(first.buffer);

    const long = await read(reader, Readable.from(chunksOf(maxBytes)), maxBytes);
    reader.release(long);
    await codeOf(read(reader, Readable.from(chunksOf(maxBytes + 1))));
    expect((await read(reader, Readable.from(chunksOf(maxBytes)), maxBytes)).buffer).toBe(
      long.buffer,
    );
    expect(second.toString()).toBe("one");
  });

  it("forgets the sizes that nobody asks for any more, and keeps those of now", async () => {
    const reader = new BodyReader(2 ** 22);
    const bytes = 2 ** 22;
    const readLong = () => read(reader, Readable.from([Buffer.alloc(bytes)]), bytes);
    // Four of 4 MiB are all that is kept.
    const long = await Promise.all([readLong(), readLong(), readLong(), readLong()]);
    for (const body of long) reader.release(body);
    const short = await read(reader, Readable.from([Buffer.from("short")]), 5);
    reader.release(short);
    const again = await read(reader, Readable.from([Buffer.from("again")]), 5);
    expect(again.buffer).toBe(short.buffer);
  });
});
