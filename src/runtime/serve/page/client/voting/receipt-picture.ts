import { toSvgPath } from "lean-qr/extras/svg";
import { receiptCode } from "../../shared/receipt-code.js";

/** Modules of white around the code, without which scanners do not find it. */
const quietZone = 4;
const svg = "http://www.w3.org/2000/svg";

/** Draws the receipt as a QR code into an `svg` element. */
export function drawReceipt(picture: Element, receipt: string): void {
  const code = receiptCode(receipt);
  const side = code.size + 2 * quietZone;
  picture.setAttribute("viewBox", `${-quietZone} ${-quietZone} ${side} ${side}`);
  const modules = document.createElementNS(svg, "path");
  modules.setAttribute("d", toSvgPath(code));
  picture.replaceChildren(modules);
}
