/** What the runner is told, through the environment. Paths are absolute. */
export interface MutationTask {
  readonly files: readonly string[];
  /** The mutants drawn, a JSON list. */
  readonly mutants: string;
  /** A line of JSON for all that happens. */
  readonly results: string;
  /** What the tests reach, once they have run without a mutant. */
  readonly coverage: string;
  /** After how many found mutants the tests have to pass without one. */
  readonly checkEvery: number;
}

/** A change of the source, as Stryker's instrumenter lists it. */
export interface Mutant {
  readonly id: string;
  readonly fileName: string;
  readonly mutatorName: string;
  readonly replacement: string;
  readonly location: Record<"start" | "end", { readonly line: number; readonly column: number }>;
}

export type Status = "killed" | "survived" | "uncovered" | "static" | "timeout";

/** What happened. */
export interface Happened {
  readonly start?: string;
  readonly id?: string;
  readonly status?: Status;
  readonly by?: string;
  readonly check?: string;
  readonly broken?: string;
  readonly end?: true;
}
