import { createRequire } from "node:module";

/** This program's name and version, as its package says. */
export function programVersion(): { readonly program: string; readonly version: string } {
  const manifest: unknown = createRequire(import.meta.url)("../../../package.json");
  return { program: "vote", version: (manifest as { version: string }).version };
}
