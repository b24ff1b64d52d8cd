import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";

const decoder = createRequire(import.meta.url).resolve("jsqr");

const scan = `async (picture) => {
  const image = new Image();
  image.src = "data:image/png;base64," + picture;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  return jsQR(data, image.width, image.height)?.data;
}`;

/**
 * Reads the QR code on a page as a camera does: from its pixels alone, in a page of its own.
 *
 * @returns undefined if there is none that can be read
 */
export async function scanCode(browser: Browser, page: Page, selector: string) {
  const picture = await page.locator(selector).screenshot();
  const scanner = await browser.newPage();
  try {
    await scanner.addScriptTag({ path: decoder });
    const source = `(${scan})(${JSON.stringify(picture.toString("base64"))})`;
    return await scanner.evaluate<string | undefined>(source);
  } finally {
    await scanner.close();
  }
}
