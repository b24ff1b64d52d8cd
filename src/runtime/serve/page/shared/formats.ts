/** Formats numbers and times for the reader's locale. */
export interface Formats {
  count(value: number): string;
  /** @param share 0 to 1 */
  share(share: number): string;
  /** @param ms milliseconds since the epoch */
  time(ms: number): string;
  dateTime(ms: number): string;
}

/**
 * Makes the formats of a locale.
 *
 * @param locale a language tag that Intl supports
 * @param timeZone by default the reader's own; if given, every time names it
 */
export function formatsFor(locale: string, timeZone?: string): Formats {
  const zone = timeZone === undefined ? {} : ({ timeZone, timeZoneName: "short" } as const);
  const count = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const share = new Intl.NumberFormat(locale, {
    style: "percent",
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  });
  const clock = { hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;
  const day = { year: "numeric", month: "2-digit", day: "2-digit" } as const;
  const time = new Intl.DateTimeFormat(locale, { ...clock, ...zone });
  const dateTime = new Intl.DateTimeFormat(locale, { ...day, ...clock, ...zone });
  return {
    count: (value) => count.format(value),
    share: (value) => share.format(value),
    time: (ms) => time.format(ms),
    dateTime: (ms) => dateTime.format(ms),
  };
}
