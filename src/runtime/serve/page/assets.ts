import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { CodedBody } from "../../http/content-coding.js";
import { faviconSvg } from "./icons.js";
import type { AssetUrls } from "./layout.js";
import { baseStyles } from "./styles/base.js";
import { resultsStyles } from "./styles/results.js";
import { voteStyles } from "./styles/vote.js";

interface Asset {
  readonly type: string;
  readonly body: CodedBody;
}

/** The pages' own files, by address. The content of an address never changes. */
export interface Assets extends AssetUrls {
  get(url: string): Asset | undefined;
  readonly urls: readonly string[];
}

/** Packages that the client imports, and what their modules are called here. */
const libraries: Readonly<Record<string, string>> = {
  "lean-qr": "lean-qr.js",
  "lean-qr/extras/svg": "lean-qr-svg.js",
};

const script = "text/javascript; charset=utf-8";

/**
 * Reads the compiled client, the plotting library and the styles. Their addresses share one hash
 * over all files: modules import each other by relative addresses, so they change together.
 */
export function loadAssets(): Assets {
  const plot = createRequire(import.meta.url).resolve("uplot/dist/uPlot.iife.min.js");
  const plotStyles = plot.replace("uPlot.iife.min.js", "uPlot.min.css");
  const styles = [readFileSync(plotStyles, "utf8"), baseStyles, resultsStyles, voteStyles];
  const modules = readModules();
  const files = new Map<string, { readonly type: string; readonly text: string }>([
    ["page.css", { type: "text/css; charset=utf-8", text: styles.map(withoutBlanks).join("\n") }],
    ["icon.svg", { type: "image/svg+xml", text: faviconSvg }],
    ["plot.js", { type: script, text: readFileSync(plot, "utf8") }],
    ...[...modules].map(([name, text]) => [name, { type: script, text }] as const),
  ]);
  const hash = createHash("sha256");
  for (const [name, { text }] of files) hash.update(`${name}\0${text}\0`);
  const base = `/assets/${hash.digest("hex").slice(0, 16)}`;
  const served = new Map<string, Asset>();
  for (const [name, { type, text }] of files) {
    served.set(`${base}/${name}`, { type, body: new CodedBody(text) });
  }
  const at = (name: string) => `${base}/${name}`;
  return {
    get: (url) => served.get(url),
    urls: [...served.keys()],
    styles: at("page.css"),
    icon: at("icon.svg"),
    plot: at("plot.js"),
    modulesOf: (entry) => importedBy(`client/${entry}.js`, modules).map(at),
  };
}

/** Compiled modules of client/ and shared/ by their path. */
function readModules(): Map<string, string> {
  const here = fileURLToPath(new URL(".", import.meta.url));
  // When running from the sources, as tests do, the compiled client is in dist.
  const compiled = existsSync(`${here}client/results.js`)
    ? here
    : fileURLToPath(new URL("../../../../dist/runtime/serve/page/", import.meta.url));
  const modules = new Map<string, string>();
  for (const folder of ["client", "client/voting", "shared"]) {
    const names = readdirSync(`${compiled}${folder}`).filter((name) => name.endsWith(".js"));
    for (const name of names.sort()) {
      const text = withRelativeImports(
        readFileSync(`${compiled}${folder}/${name}`, "utf8"),
        folder,
      );
      modules.set(`${folder}/${name}`, withoutBlanks(withoutComments(text)));
    }
  }
  const require = createRequire(import.meta.url);
  for (const [name, file] of Object.entries(libraries)) {
    const module = require.resolve(name).replace(/\.js$/, ".mjs");
    modules.set(file, readFileSync(module, "utf8"));
  }
  return modules;
}

/** Browsers find no package by its name. */
function withRelativeImports(text: string, folder: string): string {
  const up = "../".repeat(folder.split("/").length);
  return text.replace(/ from "([a-z][^"]*)"/g, (whole, name: string) =>
    name in libraries ? ` from "${up}${libraries[name]}"` : whole,
  );
}

/** A module and all that it imports, itself first. */
function importedBy(entry: string, modules: ReadonlyMap<string, string>): string[] {
  const found = new Set([entry]);
  for (const module of found) {
    for (const [, path] of (modules.get(module) ?? "").matchAll(/from "(\.[^"]+)"/g)) {
      found.add(new URL(path, `file:///${module}`).pathname.slice(1));
    }
  }
  return [...found];
}

/** Removes comments that take whole lines, so that strings stay as they are. */
function withoutComments(text: string): string {
  return text.replace(/^\s*\/\*\*[\s\S]*?\*\/\s*$/gm, "").replace(/^\s*\/\/.*$/gm, "");
}

function withoutBlanks(text: string): string {
  return text.replace(/^\s+/gm, "");
}
