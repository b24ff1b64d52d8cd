import ts from "typescript";
import type { Rule } from "./imports.js";
import {
  importsOf,
  isCode,
  isSource,
  isTypeScript,
  lineOf,
  nodesOf,
  parse,
  type SourceFile,
} from "./source-tree.js";

const maxFileLines = 500;
const maxFunctionLines = 70;
const maxColumns = 100;

/** Makes a rule out of what is wrong with one syntax node. */
function nodeRule(
  name: string,
  applies: (file: SourceFile) => boolean,
  offence: (node: ts.Node, file: SourceFile) => string | undefined,
): Rule {
  return {
    name,
    check(files) {
      const offences: string[] = [];
      for (const file of files.filter(applies)) {
        for (const node of nodesOf(file)) {
          const what = offence(node, file);
          if (what !== undefined) offences.push(`${file.path}:${lineOf(file, node)} ${what}`);
        }
      }
      return offences;
    },
  };
}

/** Makes a rule out of what is wrong with one line of text. */
function lineRule(
  name: string,
  applies: (file: SourceFile) => boolean,
  offence: (line: string) => string | undefined,
): Rule {
  return {
    name,
    check: (files) =>
      files.filter(applies).flatMap((file) =>
        file.text.split("\n").flatMap((line, index) => {
          const what = offence(line);
          return what === undefined ? [] : [`${file.path}:${index + 1} ${what}`];
        }),
      ),
  };
}

const inTypeScript = (file: SourceFile): boolean => isCode(file) && isTypeScript(file);

const smallFiles: Rule = {
  name: `no file of code over ${maxFileLines} lines`,
  check: (files) =>
    files
      .filter(isCode)
      .map((file) => ({ path: file.path, lines: file.text.trimEnd().split("\n").length }))
      .filter(({ lines }) => lines > maxFileLines)
      .map(({ path, lines }) => `${path} has ${lines} lines`),
};

/** A function whose body declares tests is a suite: a list, not a piece of logic. */
function declaresTests(node: ts.Node): boolean {
  if (ts.isCallExpression(node) && /^(describe|it|test)\b/.test(node.expression.getText())) {
    return true;
  }
  return ts.forEachChild(node, declaresTests) ?? false;
}

const smallFunctions = nodeRule(
  `no function of ${maxFunctionLines} lines or more`,
  inTypeScript,
  (node, file) => {
    if (!ts.isFunctionLike(node) || !("body" in node) || node.body === undefined) return undefined;
    const tree = parse(file);
    const end = tree.getLineAndCharacterOfPosition(node.end).line + 1;
    const lines = end - lineOf(file, node) + 1;
    if (lines < maxFunctionLines) return undefined;
    if (file.path.startsWith("test/") && declaresTests(node)) return undefined;
    return `a function of ${lines} lines`;
  },
);

const narrowLines = lineRule(`no line over ${maxColumns} columns`, isCode, (line) =>
  line.length > maxColumns ? `${line.length} columns` : undefined,
);

const kebabCase: Rule = {
  name: "file names are kebab-case",
  check: (files) =>
    files
      .filter((file) => /^(src|bin|test|scenarios)\//.test(file.path))
      .filter((file) => !file.path.startsWith("test/fixtures/"))
      .filter(
        (file) => !file.path.split("/").every((part) => /^[a-z0-9-]+(\.[a-z0-9]+)*$/.test(part)),
      )
      .map((file) => `${file.path} is not kebab-case`),
};

/** A package's type may be passed on: then only one file imports that package. */
const noBarrels = nodeRule("no re-exports", inTypeScript, (node) => {
  if (!ts.isExportDeclaration(node) || node.moduleSpecifier === undefined) return undefined;
  const ownModule = (node.moduleSpecifier as ts.StringLiteral).text.startsWith(".");
  return ownModule || !node.isTypeOnly ? "exports from another module" : undefined;
});

const namedExports = nodeRule(
  "no default exports except oclif's command classes",
  (file) => inTypeScript(file) && !file.path.startsWith("src/commands/"),
  (node) => {
    const byKeyword = ts.canHaveModifiers(node)
      ? ts.getModifiers(node)?.some((one) => one.kind === ts.SyntaxKind.DefaultKeyword)
      : false;
    return ts.isExportAssignment(node) || byKeyword ? "has a default export" : undefined;
  },
);

/** Whether a statement exports a function or class by name, as commands' classes do not. */
function exportsCode(node: ts.Node): boolean {
  const code = ts.isVariableStatement(node) ? node.declarationList.declarations[0] : node;
  const isCode = ts.isVariableDeclaration(code)
    ? code.initializer !== undefined && ts.isFunctionLike(code.initializer)
    : ts.isFunctionDeclaration(code) || ts.isClassDeclaration(code);
  if (!isCode || !ts.canHaveModifiers(node)) return false;
  const modifiers = ts.getModifiers(node)?.map(({ kind }) => kind) ?? [];
  const isDefault = modifiers.includes(ts.SyntaxKind.DefaultKeyword);
  return modifiers.includes(ts.SyntaxKind.ExportKeyword) && !isDefault;
}

const withDocstrings = nodeRule(
  "each exported function and class has a docstring",
  isSource,
  (node) =>
    exportsCode(node) && ts.getJSDocCommentsAndTags(node).length === 0
      ? `no docstring: ${node.getText().split("\n")[0]}`
      : undefined,
);

const noDocstringBeginsWithOf: Rule = {
  name: 'no docstring begins with "Of "',
  check: (files) =>
    files.filter(isCode).flatMap((file) =>
      [...file.text.matchAll(/^\s*\/\*\*[\s*]+Of\s.*/gm)].map(({ 0: docstring, index }) => {
        const line = file.text.slice(0, index).split("\n").length;
        return `${file.path}:${line} ${docstring.trim()}`;
      }),
    ),
};

const noAny = nodeRule("no any", inTypeScript, (node) =>
  node.kind === ts.SyntaxKind.AnyKeyword ? "uses any" : undefined,
);

const switches = [
  "@ts-ignore",
  "@ts-nocheck",
  "@ts-expect-error",
  "biome-ignore",
  "eslint-disable",
];
const noSwitchedOffChecks = nodeRule(
  "no comment switches a check off",
  inTypeScript,
  (node, file) => {
    if (!ts.isSourceFile(node)) return undefined;
    const comments = file.text.match(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g) ?? [];
    const found = switches.filter((one) =>
      comments.some((comment) => comment.replace(/^[/*\s]+/, "").startsWith(one)),
    );
    return found.length === 0 ? undefined : `switches checks off: ${found.join(", ")}`;
  },
);

const wallsOfCore = new Set([
  "Date",
  "process",
  "performance",
  "fetch",
  "globalThis",
  "setTimeout",
]);
for (const name of ["setInterval", "setImmediate", "queueMicrotask", "console"])
  wallsOfCore.add(name);

const corePure = nodeRule(
  "core has no clock, no randomness and no I/O",
  (file) => isSource(file) && file.path.startsWith("src/runtime/core/"),
  (node) => {
    if (ts.isPropertyAccessExpression(node) && node.getText() === "Math.random") {
      return "uses Math.random";
    }
    if (!ts.isIdentifier(node) || !wallsOfCore.has(node.text)) return undefined;
    const isMember = ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;
    const isKey = ts.isPropertyAssignment(node.parent) && node.parent.name === node;
    return isMember || isKey ? undefined : `uses ${node.text}`;
  },
);

/** Rooms whose code runs unchanged in a simulation, with its clock and its chance. */
const simulated =
  /^src\/runtime\/(core|ingest|tally|recount|elections|admin|ledger|registry|view|log)\//;
/** Kafka's adapter is not: real brokers have their own time. */
const unsimulated = /^src\/runtime\/log\/kafka\//;
const wallsOfSimulation = new Set(
  "setTimeout setInterval setImmediate randomBytes randomUUID sleep".split(" "),
);

const timeComesByParameter = nodeRule(
  "the stages take their clock, timers and chance as parameters",
  (file) => isSource(file) && simulated.test(file.path) && !unsimulated.test(file.path),
  (node) => {
    if (ts.isPropertyAccessExpression(node)) {
      const text = node.getText();
      return /^(Date\.now|performance\.now|Math\.random)$/.test(text) ? `uses ${text}` : undefined;
    }
    if (ts.isStringLiteral(node) && node.text === "node:timers/promises") return "imports timers";
    if (!ts.isImportSpecifier(node) && !ts.isCallExpression(node)) return undefined;
    const name = ts.isImportSpecifier(node) ? (node.propertyName ?? node.name) : node.expression;
    return wallsOfSimulation.has(name.getText()) ? `uses ${name.getText()}` : undefined;
  },
);

const coreModules: Record<string, readonly string[]> = {
  "node:crypto": ["hash", "createHash", "createHmac", "timingSafeEqual", "Hash", "Hmac"],
  "node:zlib": ["crc32"],
};

const coreImports: Rule = {
  name: "core takes only hashing and CRC-32 from Node",
  check(files) {
    const offences: string[] = [];
    for (const file of files.filter((one) => one.path.startsWith("src/runtime/core/"))) {
      for (const one of importsOf(file).filter((each) => each.specifier.startsWith("node:"))) {
        const allowed = coreModules[one.specifier] ?? [];
        const taken = one.names.filter((name) => !allowed.includes(name));
        if (allowed.length === 0 || taken.length > 0) {
          offences.push(`${file.path} imports ${taken.join(", ")} from ${one.specifier}`);
        }
      }
    }
    return offences;
  },
};

const inTests = (file: SourceFile): boolean => file.path.startsWith("test/") && isTypeScript(file);

const noNarrowedTests = nodeRule("no test is skipped or narrowed", inTests, (node) =>
  ts.isPropertyAccessExpression(node) &&
  /^(only|skip|todo|fails)$/.test(node.name.text) &&
  /^(describe|it|test|suite)\b/.test(node.expression.getText())
    ? `has ${node.getText()}`
    : undefined,
);

const measured = /(elapsed|duration|perSecond|latency)/i;
const noTimedAssertions = nodeRule("no assertion on elapsed time", inTests, (node) => {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression))
    return undefined;
  if (!/^toBe(Less|Greater)Than/.test(node.expression.name.text)) return undefined;
  return measured.test(node.expression.expression.getText()) ? "asserts on time" : undefined;
});

export const styleRules: readonly Rule[] = [
  smallFiles,
  smallFunctions,
  narrowLines,
  kebabCase,
  noBarrels,
  namedExports,
  withDocstrings,
  noDocstringBeginsWithOf,
  noAny,
  noSwitchedOffChecks,
  corePure,
  coreImports,
  timeComesByParameter,
  noNarrowedTests,
  noTimedAssertions,
];
