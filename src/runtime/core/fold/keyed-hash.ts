/**
 * Hashes four words with HalfSipHash-1-3 (Aumasson and Bernstein), a keyed hash for tables.
 * Without the key nobody can choose inputs that collide, as an unkeyed or linear mix would allow.
 *
 * @returns 32 bits, signed
 */
export function hashFourWords(key0: number, key1: number, words: Int32Array, at: number): number {
  let v0 = key0;
  let v1 = key1;
  let v2 = key0 ^ 0x6c796765;
  let v3 = key1 ^ 0x74656462;
  // Four message words, the length, then three rounds to finish.
  for (let round = 0; round < 8; round++) {
    const message = round < 4 ? words[at + round] : round === 4 ? 16 << 24 : 0;
    if (round === 5) v2 ^= 0xff;
    v3 ^= message;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= message;
  }
  return v1 ^ v3;
}
