import { importsOf, isSource, moduleOf, type SourceFile } from "./source-tree.js";

/** A rule over the whole tree: pure, so that a planted offence can show that it bites. */
export interface Rule {
  readonly name: string;
  /** @returns one sentence for each offence, starting with the path */
  readonly check: (files: readonly SourceFile[]) => string[];
}

const stages = ["ingest", "tally", "serve", "recount", "audit", "load", "monitor", "admin"];

/** Rooms that put several roles together. Which of them may import which, the circles decide. */
const systemRooms = [
  "processes",
  "local-cluster",
  "config",
  "elections",
  "system",
  "bench",
  "sim",
  "chaos",
];

/** What several adapters of one store share. */
const stores = ["embedded", "dynamodb"];

/** Where a file of src/ stands on the way from a command down to core. */
export function layerOf(path: string): string | undefined {
  if (path.startsWith("src/commands/")) return "command";
  if (path.startsWith("src/cli/")) return "cli";
  const [, file] = /^src\/runtime\/(.+)$/.exec(path) ?? [];
  if (file === undefined) return undefined;
  const [folder, name] = file.split("/");
  if (folder === "wiring") return "wiring";
  if (folder === "core") return "core";
  if (["log", "ledger", "registry", "view"].includes(folder))
    return /^port(\.|$)/.test(name) ? "port" : "adapter";
  if (stores.includes(folder)) return "adapter";
  if (["contracts", "text", "time"].includes(folder)) return "contract";
  if (["http", "telemetry", "metrics", "keys", "decisions"].includes(folder)) return "support";
  // Arithmetic over core's sizes alone: it runs nothing.
  if (folder === "plan") return "plan";
  if (systemRooms.includes(folder)) return "system";
  return stages.includes(folder) ? "stage" : undefined;
}

const supports = ["support", "contract", "port", "core"];
const systems = ["system", "wiring", "stage", "plan", ...supports];
const below: Record<string, readonly string[]> = {
  core: ["core"],
  port: ["core"],
  contract: ["contract", "core"],
  plan: ["plan", "contract", "core"],
  adapter: ["adapter", "contract", "port", "core"],
  support: supports,
  stage: ["stage", ...supports],
  wiring: ["wiring", "adapter", ...supports],
  system: systems,
  cli: ["cli", ...systems],
  command: ["command", "cli", ...systems],
};

const folderOf = (path: string): string => path.split("/")[2];

function* sourceImports(files: readonly SourceFile[]) {
  for (const file of files.filter(isSource)) {
    for (const one of importsOf(file)) yield { file, one };
  }
}

const everyFileHasALayer: Rule = {
  name: "every file of src/ stands in a known layer",
  check: (files) =>
    files
      .filter((file) => isSource(file) && layerOf(file.path) === undefined)
      .map((file) => `${file.path} stands in no layer`),
};

const importsGoDown: Rule = {
  name: "imports go commands, system, wiring, stages, support, contracts, ports, core",
  check(files) {
    const offences: string[] = [];
    for (const { file, one } of sourceImports(files)) {
      if (one.target === undefined) continue;
      const from = layerOf(file.path) ?? "";
      const to = layerOf(one.target) ?? one.target;
      if (!below[from]?.includes(to)) offences.push(`${file.path} (${from}) imports ${to}`);
    }
    return offences;
  },
};

const stagesAreStrangers: Rule = {
  name: "stages never import each other",
  check(files) {
    const offences: string[] = [];
    for (const { file, one } of sourceImports(files)) {
      if (layerOf(file.path) !== "stage" || layerOf(one.target ?? "") !== "stage") continue;
      if (folderOf(file.path) !== folderOf(one.target ?? "")) {
        offences.push(`${file.path} imports the stage ${folderOf(one.target ?? "")}`);
      }
    }
    return offences;
  },
};

const adaptersKnowTheirOwnPort: Rule = {
  name: "an adapter imports no other port and no other adapter's folder",
  check(files) {
    const offences: string[] = [];
    for (const { file, one } of sourceImports(files)) {
      if (layerOf(file.path) !== "adapter" || one.target === undefined) continue;
      const folder = folderOf(one.target);
      const layer = layerOf(one.target);
      if (layer === "core" || layer === "contract" || stores.includes(folder)) continue;
      if (folder !== folderOf(file.path)) offences.push(`${file.path} imports ${one.target}`);
    }
    return offences;
  },
};

const recountStandsAlone: Rule = {
  name: "recount reaches neither the fold, with its dedup table, nor the tally",
  check(files) {
    const graph = moduleGraph(files);
    const own = [...graph.keys()].filter((module) => module.startsWith("src/runtime/recount/"));
    const reached = new Set(own);
    for (const module of reached) for (const next of graph.get(module) ?? []) reached.add(next);
    return [...reached]
      .filter((module) => /\/(core\/fold|tally)\//.test(module))
      .map((module) => `src/runtime/recount reaches ${module}`);
  },
};

type Graph = ReadonlyMap<string, readonly string[]>;

/** What each file imports, erased imports of types included where asked for. */
function moduleGraph(files: readonly SourceFile[], withTypes = false): Graph {
  const graph = new Map<string, string[]>();
  for (const file of files.filter(isSource)) {
    const counted = importsOf(file).filter((one) => withTypes || !one.typeOnly);
    const targets = counted.flatMap((one) => (one.target === undefined ? [] : [one.target]));
    graph.set(moduleOf(file.path), targets);
  }
  return graph;
}

/** Which folder imports from which, by the files that stand directly in them. */
function folderGraph(files: readonly SourceFile[]): Graph {
  const graph = new Map<string, string[]>();
  const folder = (module: string): string => module.slice(0, module.lastIndexOf("/"));
  for (const [module, targets] of moduleGraph(files, true)) {
    const others = targets.map(folder).filter((one) => one !== folder(module));
    graph.set(folder(module), [...(graph.get(folder(module)) ?? []), ...others]);
  }
  return graph;
}

function circlesOf(graph: Graph): string[] {
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (node: string, trail: readonly string[]): void => {
    const start = trail.indexOf(node);
    if (start !== -1) circles.push([...trail.slice(start), node].join(" -> "));
    if (start !== -1 || done.has(node)) return;
    for (const next of graph.get(node) ?? []) visit(next, [...trail, node]);
    done.add(node);
  };
  for (const node of graph.keys()) visit(node, []);
  return [...new Set(circles)];
}

const noCircles: Rule = {
  name: "no circles of files",
  check: (files) => circlesOf(moduleGraph(files)),
};

const noTypeCircles: Rule = {
  name: "no circles of files by their types",
  check: (files) => circlesOf(moduleGraph(files, true)),
};

const noFolderCircles: Rule = {
  name: "no circles of folders",
  check: (files) => circlesOf(folderGraph(files)),
};

const onlyWiringNamesAdapters: Rule = {
  name: "only the wiring names adapters",
  check(files) {
    const offences: string[] = [];
    for (const { file, one } of sourceImports(files)) {
      if (layerOf(one.target ?? "") !== "adapter" || layerOf(file.path) === "adapter") continue;
      if (layerOf(file.path) !== "wiring") offences.push(`${file.path} imports ${one.target}`);
    }
    return offences;
  },
};

/** Packages that may be imported only in these places; a cluster's SDK lives in one file. */
const homes: readonly (readonly [RegExp, RegExp])[] = [
  [/^lmdb$/, /^src\/runtime\/embedded\//],
  [/^kafkajs$/, /^src\/runtime\/log\/kafka\/kafka\.ts$/],
  [/^@aws-sdk\//, /^src\/runtime\/dynamodb\/(client|table-administration)\.ts$/],
  [/^ioredis$/, /^src\/runtime\/view\/redis\.ts$/],
  [/^zod$/, /^src\/runtime\/contracts\//],
  [/^@oclif\//, /^src\/(commands|cli)\//],
  [/^(fastify|@fastify\/.*)$/, /^src\/runtime\/(http|ingest|serve|admin|bench)\//],
  [/^prom-client$/, /^src\/runtime\/metrics\//],
  [/^fast-jwt$/, /^src\/runtime\/(http|ingest|keys|load|bench)\//],
  [/^(ink|react)$/, /^src\/.*\.tsx$/],
];

const packageOf = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");

const packagesStayHome: Rule = {
  name: "each package is imported only where it belongs, one SDK an adapter",
  check(files) {
    const offences: string[] = [];
    const perAdapter = new Map<string, Set<string>>();
    for (const { file, one } of sourceImports(files)) {
      if (one.target !== undefined || one.specifier.startsWith("node:")) continue;
      const name = packageOf(one.specifier);
      const layer = layerOf(file.path) ?? "";
      const home = homes.find(([pattern]) => pattern.test(one.specifier));
      if (home !== undefined && !home[1].test(file.path))
        offences.push(`${file.path} imports ${name}`);
      if (["core", "port"].includes(layer))
        offences.push(`${file.path} imports the package ${name}`);
      if (layer !== "adapter") continue;
      const sdks = perAdapter.get(file.path) ?? new Set<string>();
      perAdapter.set(file.path, sdks.add(name));
      if (sdks.size === 2) offences.push(`${file.path} imports two SDKs: ${[...sdks].join(", ")}`);
    }
    return offences;
  },
};

export const importRules: readonly Rule[] = [
  everyFileHasALayer,
  importsGoDown,
  stagesAreStrangers,
  adaptersKnowTheirOwnPort,
  recountStandsAlone,
  noCircles,
  noTypeCircles,
  noFolderCircles,
  onlyWiringNamesAdapters,
  packagesStayHome,
];
