/** Formats numbers and times for the reader's locale. */
export interface Formats {
  count(value: number): string;
  /** With one decimal. */
  points(value: number): string;
  /** @param share 0 to 1 */
  share(share: number): string;
  /** @param ms milliseconds since the epoch */
  time(ms: number): string;
  dateTime(ms: number): string;
  /** The minute; with the day, unless that is today's. @param now milliseconds since the epoch */
  when(ms: number, now: number): string;
  /** A rate per second; small ones keep two digits. */
  rate(perSecond: number): string;
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
  const points = new Intl.NumberFormat(locale, {
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  });
  const clock = { hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;
  const day = { year: "numeric", month: "2-digit", day: "2-digit" } as const;
  const time = new Intl.DateTimeFormat(locale, { ...clock, ...zone });
  const dateTime = new Intl.DateTimeFormat(locale, { ...day, ...clock, ...zone });
  const minute = { hour: "2-digit", minute: "2-digit" } as const;
  const today = new Intl.DateTimeFormat(locale, { ...minute, ...zone });
  const anyDay = new Intl.DateTimeFormat(locale, { ...day, ...minute, ...zone });
  const date = new Intl.DateTimeFormat(locale, { ...day, timeZone });
  const small = new Intl.NumberFormat(locale, { maximumSignificantDigits: 2 });
  return {
    count: (value) => count.format(value),
    points: (value) => points.format(value),
    share: (value) => share.format(value),
    time: (ms) => time.format(ms),
    dateTime: (ms) => dateTime.format(ms),
    when: (ms, now) => (date.format(ms) === date.format(now) ? today : anyDay).format(ms),
    rate: (perSecond) => (perSecond < 10 ? small : count).format(perSecond),
  };
}
