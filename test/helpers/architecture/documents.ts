import type { Rule } from "./imports.js";
import type { SourceFile } from "./source-tree.js";

/** An error's row in docs/reference/errors.md. */
interface DocumentedError {
  readonly code: string;
  readonly status: number;
  readonly exitCode: number;
}

export type ErrorCatalogue = Readonly<
  Record<string, { readonly status: number; readonly exitCode: number }>
>;

/** Rows of the form `| \`code\` | status | exit code | …`. */
function documentedErrors(files: readonly SourceFile[]): DocumentedError[] {
  const text = files.find((file) => file.path === "docs/reference/errors.md")?.text ?? "";
  const rows = text.matchAll(/^\| `([a-z-]+)` +\| (\d{3}) +\| (\d+) +\|/gm);
  return [...rows].map(([, code, status, exitCode]) => ({
    code,
    status: Number(status),
    exitCode: Number(exitCode),
  }));
}

/** Error codes stand in docs/reference/errors.md once each, with the same status and exit code. */
export function errorsAreDocumented(catalogue: ErrorCatalogue): Rule {
  return {
    name: "docs/reference/errors.md and the catalogue of errors say the same",
    check(files) {
      const documented = documentedErrors(files);
      const codes = documented.map((error) => error.code);
      const offences = Object.keys(catalogue)
        .filter((code) => !codes.includes(code))
        .map((code) => `docs/reference/errors.md does not explain ${code}`);
      for (const [index, { code, status, exitCode }] of documented.entries()) {
        const real = catalogue[code];
        if (real === undefined)
          offences.push(`docs/reference/errors.md explains ${code}, which is no code`);
        else if (real.status !== status || real.exitCode !== exitCode) {
          offences.push(`docs/reference/errors.md gives ${code} another status or exit code`);
        }
        if (codes.indexOf(code) !== index)
          offences.push(`docs/reference/errors.md explains ${code} twice`);
      }
      return offences;
    },
  };
}

/** Every code of the catalogue is raised somewhere, so the list holds nothing dead. */
export function errorsAreRaised(catalogue: ErrorCatalogue): Rule {
  return {
    name: "every error code is raised somewhere in src/",
    check(files) {
      const sources = files.filter(
        (file) => file.path.startsWith("src/") && file.path !== "src/runtime/core/errors.ts",
      );
      return Object.keys(catalogue)
        .filter((code) => !sources.some((file) => file.text.includes(`"${code}"`)))
        .map((code) => `src/runtime/core/errors.ts lists ${code}, which nothing raises`);
    },
  };
}

/** Put together from parts, so that this file does not offend itself. */
const machinePath = new RegExp(
  `(^|[^.A-Za-z0-9_-])/(${["work", "farm", "root", "home/[a-z]+", "Users/[A-Za-z]+"].join("|")})/`,
);
const registryHost = /https?:\/\/([a-z0-9-]+\.)*(registry|proxy|mirror)[a-z0-9-]*\.[a-z]/i;

const noMachineTraces: Rule = {
  name: "no registry host and no absolute path of a machine",
  check: (files) =>
    files.flatMap((file) =>
      file.text
        .split("\n")
        .flatMap((line, index) =>
          machinePath.test(line) || registryHost.test(line)
            ? [`${file.path}:${index + 1} names a machine's path or a registry`]
            : [],
        ),
    ),
};

const lockfileIsPortable: Rule = {
  name: "the lockfile carries no resolved addresses",
  check: (files) =>
    files
      .filter((file) => file.path === "package-lock.json" && /"resolved": "http/.test(file.text))
      .map((file) => `${file.path} has resolved addresses; see .npmrc`),
};

export const documentRules: readonly Rule[] = [noMachineTraces, lockfileIsPortable];
