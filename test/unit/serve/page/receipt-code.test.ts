import { randomBytes } from "node:crypto";
import jsqr from "jsqr";
import { expect, it } from "vitest";
import { receiptCode } from "../../../../src/runtime/serve/page/shared/receipt-code.js";

const pixelsAModule = 3;
const quietZone = 4;

/** The code as a camera would see it: dark on white, with white around it. */
function pixelsOf(receipt: string) {
  const code = receiptCode(receipt);
  const width = (code.size + 2 * quietZone) * pixelsAModule;
  const pixels = new Uint8ClampedArray(4 * width * width);
  for (let place = 0; place < width * width; place++) {
    const x = Math.floor((place % width) / pixelsAModule) - quietZone;
    const y = Math.floor(place / width / pixelsAModule) - quietZone;
    pixels.fill(code.get(x, y) ? 0 : 255, 4 * place, 4 * place + 3);
    pixels[4 * place + 3] = 255;
  }
  return { pixels, width, size: code.size };
}

// A receipt has 280 bytes and a path of up to 12 hashes: docs/formats.md.
it.each([
  { hashes: 0, characters: 389, version: 15 },
  { hashes: 1, characters: 431, version: 16 },
  { hashes: 6, characters: 645, version: 20 },
  { hashes: 12, characters: 901, version: 24 },
])("of $characters characters is read again from its picture", (one) => {
  const text = `vote-receipt-1.${randomBytes(280 + 32 * one.hashes).toString("base64url")}`;
  expect(text).toHaveLength(one.characters);
  const { pixels, width, size } = pixelsOf(text);
  expect(size).toBe(17 + 4 * one.version);
  const read = jsqr.default(pixels, width, width);
  expect(read?.data).toBe(text);
  expect(read?.version).toBe(one.version);
});
