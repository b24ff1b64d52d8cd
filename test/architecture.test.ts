import path from "node:path";
import { describe, expect, it } from "vitest";
import { errorCatalogue } from "../src/runtime/core/errors.js";
import {
  documentRules,
  errorsAreDocumented,
  errorsAreRaised,
} from "./helpers/architecture/documents.js";
import { importRules, type Rule } from "./helpers/architecture/imports.js";
import {
  isCode,
  isSource,
  isTypeScript,
  parse,
  readTree,
  type SourceFile,
} from "./helpers/architecture/source-tree.js";
import { styleRules } from "./helpers/architecture/style.js";

const tree = readTree(path.resolve(import.meta.dirname, ".."));
// Parsed before the first test, whose time it would otherwise take.
for (const file of tree) if (isCode(file) && isTypeScript(file)) parse(file);
const rules: readonly Rule[] = [
  ...importRules,
  ...styleRules,
  ...documentRules,
  errorsAreDocumented(errorCatalogue),
  errorsAreRaised(errorCatalogue),
];

const lines = (count: number): string => "x;\n".repeat(count);
const core = (text: string): SourceFile => ({ path: "src/runtime/core/planted.ts", text });
const at = (file: string, text: string): SourceFile => ({ path: file, text });

/** For each rule, by its name, trees that break it: a rule that cannot fail protects nothing. */
const planted: Record<string, readonly (readonly SourceFile[])[]> = {
  "every file of src/ stands in a known layer": [[at("src/runtime/elsewhere/a.ts", "")]],
  "imports go commands, system, wiring, stages, support, contracts, ports, core": [
    [core('import { x } from "../log/port.js";')],
    [core('import type { x } from "../log/port.js";')],
    [at("src/runtime/tally/a.ts", 'import { x } from "../wiring/engine.js";')],
    [at("src/runtime/tally/a.ts", 'const x = await import("../system/demo.js");')],
    [at("src/runtime/http/a.ts", 'import { x } from "../ingest/server.js";')],
    [at("src/runtime/plan/a.ts", 'import { x } from "../load/scenario.js";')],
    [at("src/runtime/log/embedded/log.ts", 'import { x } from "../../tally/tally.js";')],
  ],
  "stages never import each other": [
    [at("src/runtime/tally/a.ts", 'import { x } from "../ingest/server.js";')],
    [at("src/runtime/load/a.ts", 'let x: import("../recount/recount.js").X;')],
  ],
  "an adapter imports no other port and no other adapter's folder": [
    [at("src/runtime/log/embedded/log.ts", 'import type { L } from "../../ledger/port.js";')],
    [at("src/runtime/view/embedded.ts", 'import { x } from "../log/embedded.js";')],
    [at("src/runtime/ledger/dynamodb.ts", 'import type { R } from "../registry/port.js";')],
    [at("src/runtime/dynamodb/items.ts", 'import type { L } from "../ledger/port.js";')],
  ],
  "recount reaches neither the fold, with its dedup table, nor the tally": [
    [at("src/runtime/recount/a.ts", 'import { foldFrame } from "../core/fold/fold.js";')],
    [
      at("src/runtime/recount/a.ts", 'import { x } from "../core/between.js";'),
      at("src/runtime/core/between.ts", 'import { y } from "./fold/dedup-table.js";'),
    ],
  ],
  "no circles of files by their types": [
    [
      at("src/runtime/core/a.ts", 'import type { B } from "./b.js";'),
      at("src/runtime/core/b.ts", 'import { a } from "./a.js";'),
    ],
  ],
  "no circles of folders": [
    [
      at("src/runtime/system/a.ts", 'import { b } from "../config/b.js";'),
      at("src/runtime/config/c.ts", 'import type { D } from "../system/d.js";'),
    ],
  ],
  "no circles of files": [
    [
      at("src/runtime/core/a.ts", 'import { b } from "./b.js";'),
      at("src/runtime/core/b.ts", 'import { c } from "./c.js";'),
      at("src/runtime/core/c.ts", 'import { a } from "./a.js";'),
    ],
  ],
  "only the wiring names adapters": [
    [at("src/commands/a.ts", 'import { EmbeddedLog } from "../runtime/log/embedded.js";')],
    [at("src/runtime/tally/a.ts", 'import type { X } from "../ledger/embedded.js";')],
    [at("src/runtime/elections/a.ts", 'import { X } from "../registry/dynamodb.js";')],
    [at("src/runtime/local-cluster/a.ts", 'import { X } from "../dynamodb/client.js";')],
  ],
  "each package is imported only where it belongs, one SDK an adapter": [
    [at("src/runtime/tally/a.ts", 'import { open } from "lmdb";')],
    [at("src/runtime/log/other.ts", 'import { Kafka } from "kafkajs";')],
    [at("src/runtime/ledger/dynamodb.ts", 'import { X } from "@aws-sdk/client-dynamodb";')],
    [at("src/runtime/log/kafka/kafka.ts", 'import "kafkajs"; import "snappy";')],
    [core('import pino from "pino";')],
  ],
  "no file of code over 500 lines": [[core(lines(501))]],
  "no function of 70 lines or more": [
    [core(`function f() {\n${lines(68)}}`)],
    [at("test/a.test.ts", `const f = () => {\n${lines(68)}};`)],
  ],
  "no line over 100 columns": [[core(`x${"y".repeat(100)}`)]],
  "file names are kebab-case": [
    [at("src/runtime/core/camelCase.ts", "")],
    [at("test/unit/snake_case.test.ts", "")],
  ],
  "no re-exports": [
    [core('export * from "./ballot.js";')],
    [core('export type { X } from "./y.js";')],
    [at("src/runtime/telemetry/a.ts", 'export { pino } from "pino";')],
  ],
  "no default exports except oclif's command classes": [
    [core("export default class X {}")],
    [core("export default 1;")],
  ],
  "each exported function and class has a docstring": [
    [core("export function f(): void {}")],
    [core("/** Documented. */\nexport class A {}\nexport class B {}")],
    [at("src/runtime/http/a.ts", "// A comment.\nexport const f = () => 1;")],
    [at("src/commands/a.ts", "export default class A {}\nexport async function f() {}")],
  ],
  'no docstring begins with "Of "': [
    [core("/** Of the partition. */\nlet x: number;")],
    [
      at(
        "test/a.test.ts",
        "  /**\n   * Of the partition,\n   * in bytes.\n   */\n  let x: number;",
      ),
    ],
  ],
  "no any": [[core("let x: any;")], [core("f(x as any);")]],
  "no comment switches a check off": [
    [core(["// @ts", "ignore: because"].join("-"))],
    [core(["/* biome", "ignore lint: because */"].join("-"))],
  ],
  "core has no clock, no randomness and no I/O": [
    [core("const now = Date.now();")],
    [core("const now = new Date();")],
    [core("const n = Math.random();")],
    [core("const home = process.env.HOME;")],
    [core("setTimeout(f, 1);")],
  ],
  "core takes only hashing and CRC-32 from Node": [
    [core('import { readFileSync } from "node:fs";')],
    [core('import { connect } from "node:net";')],
    [core('import { hash, randomBytes } from "node:crypto";')],
    [core('import * as crypto from "node:crypto";')],
  ],
  "the stages take their clock, timers and chance as parameters": [
    [at("src/runtime/tally/a.ts", "const now = Date.now();")],
    [at("src/runtime/recount/a.ts", "const f = (now = performance.now) => now();")],
    [at("src/runtime/elections/a.ts", 'import { randomBytes as draw } from "node:crypto";')],
    [at("src/runtime/ingest/a.ts", 'import { setImmediate as t } from "node:timers/promises";')],
    [at("src/runtime/tally/a.ts", 'import { sleep } from "../time/clock.js";')],
    [at("src/runtime/log/embedded/a.ts", "setInterval(f, 1);")],
    [at("src/runtime/view/a.ts", "const n = Math.random();")],
  ],
  "no test is skipped or narrowed": [
    [at("test/a.test.ts", 'it.only("x", () => {});')],
    [at("test/a.test.ts", 'describe.skip("x", () => {});')],
    [at("test/a.test.ts", 'it.each([1]).skip("x", () => {});')],
  ],
  "no assertion on elapsed time": [
    [at("test/a.test.ts", "expect(elapsedMs).toBeLessThan(50);")],
    [at("test/a.test.ts", "expect(report.latencyMs.p99).toBeLessThanOrEqual(50);")],
  ],
  "no registry host and no absolute path of a machine": [
    [at("README.md", ["see ", "root", "secret"].join("/"))],
    [at(".npmrc", ["registry=https://registry", "example.com"].join("."))],
  ],
  "the lockfile carries no resolved addresses": [
    [at("package-lock.json", '  "resolved": "https://example.com/a.tgz",')],
  ],
  "docs/reference/errors.md and the catalogue of errors say the same": [
    [],
    [...tree, at("docs/other.md", "")].map((file) =>
      file.path === "docs/reference/errors.md"
        ? at(file.path, file.text.replace("| 404 ", "| 410 "))
        : file,
    ),
    tree.map((file) =>
      file.path === "docs/reference/errors.md"
        ? at(file.path, `${file.text}\n| \`no-code\` | 404 | 2 |\n`)
        : file,
    ),
  ],
  "every error code is raised somewhere in src/": [[at("src/runtime/core/errors.ts", "")]],
};

describe("the architecture", () => {
  it("is read from the real tree", () => {
    expect(tree.filter(isSource).map((file) => file.path)).toContain(
      "src/runtime/core/fold/fold.ts",
    );
    expect(tree.map((file) => file.path)).toContain("package-lock.json");
  });

  it.each(rules)("$name", ({ check }) => {
    expect(check(tree)).toEqual([]);
  });
});

describe("each rule can fail", () => {
  it("has planted offences", () => {
    expect(Object.keys(planted).sort()).toEqual(rules.map((rule) => rule.name).sort());
  });

  it.each(rules)("$name", ({ name, check }) => {
    for (const files of planted[name]) expect(check(files)).not.toEqual([]);
  });
});

describe("the rules let honest code pass", () => {
  it.each(rules.filter((rule) => !rule.name.includes("error")))("$name", ({ check }) => {
    const honest = [
      core('import { hash } from "node:crypto";\nexport const x = { process: 1 }.process;'),
      at("src/commands/vote.ts", 'import { openEngine } from "../runtime/wiring/engine.js";'),
      at("src/runtime/wiring/engine.ts", 'import { EmbeddedLog } from "../log/embedded.js";'),
      at("src/runtime/embedded/a.ts", 'import { open } from "lmdb"; import "./b.js";'),
      at("src/runtime/ledger/dynamodb.ts", 'import type { X } from "../dynamodb/items.js";'),
      at("src/runtime/recount/a.ts", 'import type { X } from "../core/fold.js";'),
      at(
        "src/commands/a.ts",
        "export default class A {}\nexport const limit = 1;\nfunction f() {}",
      ),
      at(
        "src/runtime/text/a.ts",
        "/**\n * Says x.\n * Of which f returns 1.\n */\nexport const f = () => 1;",
      ),
      at("test/unit/a.test.ts", `describe("a", () => {\n${lines(80)}it("b", f);\n});`),
      at("docs/a.md", "See [the code](../src/runtime/core/fold.ts) and ./work/ and a/root/b."),
    ];
    expect(check(honest)).toEqual([]);
  });
});
