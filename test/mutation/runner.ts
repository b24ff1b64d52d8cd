import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { type File, type Suite, startTests, type Task, type Test } from "@vitest/runner";
import { TestRunner, vi } from "vitest";
import type { Happened, Mutant, MutationTask } from "./task.js";

type Reached = Record<string, Record<string, number>>;

/** What the instrumented sources read and write. */
interface Switch {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number;
  hitLimit?: number;
  mutantCoverage: { readonly static: Record<string, number>; readonly perTest: Reached };
}

/** Vitest's own, which is private to its runner. */
interface WorkerState {
  readonly evaluatedModules: {
    getModuleById(id: string): object | undefined;
    invalidateModule(module: object): void;
  };
}

interface Coverage {
  readonly perTest: Reached;
  readonly always: Record<string, number>;
  readonly ms: Record<string, number>;
}

const task = JSON.parse(process.env.VOTE_MUTATION ?? "{}") as MutationTask;
const mutation: Switch = { mutantCoverage: { static: {}, perTest: {} } };
Object.assign(globalThis, { __stryker__: mutation });

const nameOf = (one: Task): string => (one.suite ? `${nameOf(one.suite)} ` : "") + one.name;
const idOf = (test: Test) => `${test.file.filepath}#${nameOf(test)}`;
const testsOf = (tasks: readonly Task[]): Test[] =>
  tasks.flatMap((one) => (one.type === "suite" ? testsOf(one.tasks) : [one]));
const say = (what: Happened) => appendFileSync(task.results, `${JSON.stringify(what)}\n`);
const failureOf = (one: Task) =>
  `${nameOf(one)}: ${String(one.result?.errors?.[0]?.message).slice(0, 120)}`;

/** Runs the tests once to see what each reaches, then for each mutant those that reach it. */
export class MutationRunner extends TestRunner {
  #started = false;
  #only: ReadonlySet<string> | undefined;
  #failure: string | undefined;

  override importFile(path: string, source: "collect" | "setup") {
    const { evaluatedModules }: WorkerState = Reflect.get(this, "workerState");
    const module = evaluatedModules.getModuleById(path);
    // The test file registers its tests anew; the sources stay as they are.
    if (module !== undefined) evaluatedModules.invalidateModule(module);
    return super.importFile(path, source);
  }

  onBeforeCollect() {}
  async onTaskUpdate() {}

  onCollected(files: File[]) {
    const only = this.#only;
    if (only === undefined) return;
    for (const test of testsOf(files)) {
      if (!only.has(idOf(test)) && !only.has(`${test.file.filepath}#`)) test.mode = "skip";
    }
  }

  override async onBeforeRunSuite(suite: Suite) {
    if (mutation.activeMutant === undefined) mutation.currentTestId = `${suite.file.filepath}#`;
    const isIdle = testsOf(suite.tasks).every(({ mode }) => mode === "skip" || mode === "todo");
    if (this.#failure !== undefined || isIdle) suite.mode = "skip";
    await super.onBeforeRunSuite(suite);
  }

  override async onBeforeRunTask(test: Test) {
    if (this.#failure !== undefined) test.mode = "skip";
    else if (mutation.activeMutant === undefined) mutation.currentTestId = idOf(test);
    await super.onBeforeRunTask(test);
  }

  override onAfterRunTask(test: Test) {
    if (mutation.activeMutant === undefined) mutation.currentTestId = `${test.file.filepath}#`;
    if (test.result?.state === "fail") this.#failure ??= failureOf(test);
    super.onAfterRunTask(test);
  }

  override async onAfterRunSuite(suite: Suite) {
    if (suite.result?.state === "fail") this.#failure ??= failureOf(suite);
    await super.onAfterRunSuite(suite);
  }

  override async onAfterRunFiles() {
    super.onAfterRunFiles();
    if (this.#started) return;
    this.#started = true;
    const coverage: Coverage | undefined = existsSync(task.coverage)
      ? JSON.parse(readFileSync(task.coverage, "utf8"))
      : await this.#withoutMutant();
    if (coverage !== undefined) await this.#withEach(coverage);
    say({ end: true });
  }

  async #run(path: string): Promise<File> {
    mutation.currentTestId = undefined;
    const [file] = await startTests([path], this);
    if (file.result?.state === "fail") this.#failure ??= failureOf(file);
    vi.useRealTimers();
    vi.restoreAllMocks();
    return file;
  }

  async #withoutMutant(): Promise<Coverage | undefined> {
    const ms: Record<string, number> = {};
    for (const path of task.files) {
      const { tasks } = await this.#run(path);
      if (this.#failure !== undefined) return void say({ broken: this.#failure });
      for (const test of testsOf(tasks)) ms[idOf(test)] = test.result?.duration ?? 0;
    }
    const { perTest, static: always } = mutation.mutantCoverage;
    writeFileSync(task.coverage, JSON.stringify({ perTest, always, ms }));
    return { perTest, always, ms };
  }

  async #withEach({ perTest, always, ms }: Coverage): Promise<void> {
    // A mutant that ends no test is found by time: by far more than any took before.
    this.config.testTimeout = Math.max(15_000, 4 * Math.max(...Object.values(ms)));
    const happened = readFileSync(task.results, "utf8").split("\n").filter(Boolean);
    const done = new Set(happened.map((line) => (JSON.parse(line) as Happened).id));
    let found = 0;
    for (const { id } of JSON.parse(readFileSync(task.mutants, "utf8")) as Mutant[]) {
      if (done.has(id)) continue;
      const tests = Object.keys(perTest).filter((test) => id in perTest[test]);
      if (tests.length === 0) {
        say({ id, status: id in always ? "static" : "uncovered" });
        continue;
      }
      const quickest = quickestFirst(tests, ms);
      this.#only = new Set(tests);
      Object.assign(mutation, { hitCount: 0, hitLimit: 3_000_000, activeMutant: id });
      say({ start: id });
      for (const path of quickest) {
        if (this.#failure === undefined) await this.#run(path);
      }
      const by = this.#failure;
      say(by === undefined ? { id, status: "survived" } : { id, status: "killed", by });
      this.#failure = undefined;
      mutation.activeMutant = "none";
      if (by === undefined || ++found % task.checkEvery !== 0) continue;
      // What a mutant leaves behind in this process must not fail the next one's tests.
      await this.#run(quickest[0]);
      say({ check: this.#failure ?? "ok" });
      if (this.#failure !== undefined) process.kill(process.pid, "SIGKILL");
    }
  }
}

function quickestFirst(tests: readonly string[], ms: Coverage["ms"]): string[] {
  const files = new Map<string, number>();
  for (const test of tests) {
    const path = test.slice(0, test.indexOf("#"));
    files.set(path, (files.get(path) ?? 0) + (ms[test] ?? 0));
  }
  return [...files].sort(([, a], [, b]) => a - b).map(([path]) => path);
}
