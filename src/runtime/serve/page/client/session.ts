/** Reads a value that this tab keeps until it is closed; undefined if there is none. */
export function recall<T>(name: string): T | undefined {
  try {
    const text = sessionStorage.getItem(name);
    return text === null ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined;
  }
}

/** Keeps a value until this tab is closed; `undefined` removes it. */
export function remember(name: string, value: unknown): void {
  try {
    if (value === undefined) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, JSON.stringify(value));
  } catch {
    // Private windows may refuse; then a reload forgets the value.
  }
}
