import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

/** A file of the project as the architecture's rules see it. */
export interface SourceFile {
  /** From the project's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export interface Import {
  readonly specifier: string;
  /** The project path it means, or undefined for a package or a Node module. */
  readonly target: string | undefined;
  /** Erased by the compiler, so it cannot close a cycle at run time. */
  readonly typeOnly: boolean;
  /** The names it takes, `*` for a namespace, `default` for a default import. */
  readonly names: readonly string[];
}

const leftOut = new Set([".git", "node_modules", "dist", "coverage", ".vote"]);
const textual = /(\.(ts|tsx|js|mjs|json|md|ya?ml|py|txt|sh|cmd)|\/run|\/LICENSE|\/\.[a-z]+)$/;

/** Every text file below `root`. Reads the disk, not git, so that it works in any clean copy. */
export function readTree(root: string): SourceFile[] {
  return readdirSync(root, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .map((file) => file.split(path.sep).join("/"))
    .filter((file) => !file.split("/").some((part) => leftOut.has(part)))
    .filter((file) => textual.test(`/${file}`))
    .sort()
    .map((file) => ({ path: file, text: readFileSync(path.join(root, file), "utf8") }));
}

export const isTypeScript = (file: SourceFile): boolean => /\.tsx?$/.test(file.path);
export const isSource = (file: SourceFile): boolean =>
  file.path.startsWith("src/") && isTypeScript(file);
export const isCode = (file: SourceFile): boolean =>
  /^(src|bin|test)\/.*\.(tsx?|m?js)$/.test(file.path);

const parsed = new WeakMap<SourceFile, ts.SourceFile>();

export function parse(file: SourceFile): ts.SourceFile {
  let tree = parsed.get(file);
  if (tree === undefined) {
    const kind = file.path.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
    tree = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ES2023, true, kind);
    parsed.set(file, tree);
  }
  return tree;
}

/** Every node of the tree, parents first. */
export function* nodesOf(file: SourceFile): Generator<ts.Node> {
  const waiting: ts.Node[] = [parse(file)];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    yield node;
    ts.forEachChild(node, (child) => {
      waiting.push(child);
    });
  }
}

export function lineOf(file: SourceFile, node: ts.Node): number {
  const tree = parse(file);
  return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
}

/** Static imports, re-exports, dynamic imports and `import("…")` types. */
export function importsOf(file: SourceFile): Import[] {
  const found: Import[] = [];
  for (const node of nodesOf(file)) {
    const one = importOf(node);
    if (one !== undefined) found.push({ ...one, target: resolve(file.path, one.specifier) });
  }
  return found;
}

function importOf(node: ts.Node): Omit<Import, "target"> | undefined {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    return { specifier: node.moduleSpecifier.text, ...namesOf(node.importClause) };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    const specifier = (node.moduleSpecifier as ts.StringLiteral).text;
    return { specifier, typeOnly: node.isTypeOnly, names: ["*"] };
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [argument] = node.arguments;
    if (argument === undefined || !ts.isStringLiteralLike(argument)) return undefined;
    return { specifier: argument.text, typeOnly: false, names: ["*"] };
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    const specifier = (node.argument.literal as ts.StringLiteral).text;
    return { specifier, typeOnly: true, names: ["*"] };
  }
  return undefined;
}

function namesOf(clause: ts.ImportClause | undefined): Pick<Import, "typeOnly" | "names"> {
  if (clause === undefined) return { typeOnly: false, names: [] };
  const names = clause.name === undefined ? [] : ["default"];
  const bindings = clause.namedBindings;
  let allTypes = false;
  if (bindings !== undefined && ts.isNamespaceImport(bindings)) names.push("*");
  if (bindings !== undefined && ts.isNamedImports(bindings)) {
    names.push(...bindings.elements.map((one) => (one.propertyName ?? one.name).text));
    allTypes = clause.name === undefined && bindings.elements.every((one) => one.isTypeOnly);
  }
  return { typeOnly: clause.isTypeOnly || allTypes, names };
}

function resolve(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  return path.posix.join(path.posix.dirname(from), specifier).replace(/\.jsx?$/, "");
}

/** Without its extension, as import targets are. */
export const moduleOf = (file: string): string => file.replace(/\.(tsx?|m?js)$/, "");
