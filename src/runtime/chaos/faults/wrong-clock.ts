/** Gives `Date` another time, before anything else of the process runs. */
const shifted = (aheadMs: number) => `
const now = () => Real.now() + ${aheadMs};
const Real = Date;
globalThis.Date = new Proxy(Real, {
  get: (target, key) => key === "now" ? now : Reflect.get(target, key),
  construct: (target, given, as) => Reflect.construct(target, given.length ? given : [now()], as),
});`;

/**
 * Variables by which a role that is started lives by a wrong clock.
 *
 * @param aheadMs behind if negative
 */
export function wrongClock(aheadMs: number): Readonly<Record<string, string>> {
  const preloaded = `data:text/javascript,${encodeURIComponent(shifted(aheadMs))}`;
  const { NODE_OPTIONS = "" } = process.env;
  return { NODE_OPTIONS: `${NODE_OPTIONS} --import=${preloaded}`.trim() };
}
