/** Remembers which paths exist, to tell a wrong method from a wrong address. */
export class KnownRoutes {
  readonly #routes: { readonly pattern: RegExp; readonly methods: Set<string> }[] = [];

  /** @param url the route's pattern in the router's own notation, `::` for a literal colon */
  add(url: string, methods: string | readonly string[]): void {
    const pattern = new RegExp(`^${url.split("/").map(segmentPattern).join("/")}/?$`);
    const known = this.#routes.find((route) => route.pattern.source === pattern.source);
    const route = known ?? { pattern, methods: new Set<string>() };
    if (known === undefined) this.#routes.push(route);
    for (const method of typeof methods === "string" ? [methods] : methods) {
      route.methods.add(method);
    }
  }

  /** Returns the methods that a path takes, or none if the path does not exist. */
  methodsOf(path: string): string[] {
    const methods = new Set<string>();
    for (const route of this.#routes) {
      if (!route.pattern.test(path)) continue;
      for (const method of route.methods) methods.add(method);
    }
    return [...methods].sort();
  }
}

function segmentPattern(segment: string): string {
  if (/^:[^:]/.test(segment)) return "[^/]+";
  return segment.replaceAll("::", ":").replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
