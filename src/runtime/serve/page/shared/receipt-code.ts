import { type Bitmap2D, correction, generate, mode } from "lean-qr";

/**
 * A receipt as a QR code (ISO/IEC 18004): all of its text in byte mode, so that any scanner gives
 * back exactly this. Receipts have 389 to 901 characters, which at error correction M is version 15
 * to 24: 77 to 113 modules a side, without the quiet zone.
 */
export function receiptCode(receipt: string): Bitmap2D {
  return generate(mode.ascii(receipt), { minCorrectionLevel: correction.M });
}
