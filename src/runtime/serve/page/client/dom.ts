/** An element that the page was sent with. */
export function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no element ${id}.`);
  return found;
}

/** Touches the page only where something is different. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}
