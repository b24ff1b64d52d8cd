/** Reads a value that this tab, or this browser, keeps; undefined if there is none. */
export function recall<T>(name: string, from: () => Storage = ofTab): T | undefined {
  try {
    const text = from().getItem(name);
    return text === null ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined;
  }
}

/** Keeps a value; `undefined` removes it. */
export function remember(name: string, value: unknown, where: () => Storage = ofTab): void {
  try {
    if (value === undefined) where().removeItem(name);
    else where().setItem(name, JSON.stringify(value));
  } catch {
    // Private windows may refuse; then a reload forgets the value.
  }
}

/** Kept until the tab is closed. */
const ofTab = () => sessionStorage;
/** Kept in this browser, for all its tabs, and for whoever uses it next. */
export const ofBrowser = () => localStorage;
