import { z } from "zod";

/** Milliseconds since the epoch. */
export function time(what?: string) {
  const moment = z.number();
  return what === undefined ? moment : moment.describe(what);
}

/** So many bytes as lower-case hexadecimal digits. */
export function hex(bytes: number) {
  const digits = bytes * 2;
  return z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`), `${digits} hexadecimal digits`);
}

/** How often something happened, or how many there are: a whole number. */
export function count(what?: string) {
  const whole = z.int().min(0);
  return what === undefined ? whole : whole.describe(what);
}

/** Counts by name: an error code, a rejection reason. Names with a count of 0 are left out. */
export function counts(what: string) {
  return z.record(z.string(), z.int().min(0)).describe(what);
}
