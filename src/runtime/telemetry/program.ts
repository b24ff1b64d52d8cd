import { createRequire } from "node:module";

interface Manifest {
  readonly version: string;
  readonly engines: { readonly node: string };
}

const manifest = (): Manifest => createRequire(import.meta.url)("../../../package.json");

/** This program's name and version, as its package says. Certificates name them. */
export function programVersion(): { readonly program: string; readonly version: string } {
  return { program: "vote", version: manifest().version };
}

/** The versions of Node that it runs on: `>=20.19`. */
export function nodeRange(): string {
  return manifest().engines.node;
}
