/** Finds an element of the page. @throws Error if the page has no such element */
export function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no element ${id}.`);
  return found;
}

/** A `data-` attribute of an element. @throws Error if it is missing */
export function dataOf(id: string, name: string): string {
  const value = element(id).dataset[name];
  if (value === undefined) throw new Error(`The element ${id} has no data-${name}.`);
  return value;
}

/** Sets a text only if it changes, so that the browser does no needless work. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}
