import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { programRuns } from "./programs.js";

const program = "python3";

/** Whether a suite that needs Python with these modules runs here. */
export function pythonWith(suite: string, modules: readonly string[]): Promise<boolean> {
  const packages = [program, ...modules.map((name) => `python3-${name}`)];
  const imports = modules.map((name) => `import ${name}`).join("\n");
  return programRuns(suite, [program, "-c", imports], packages);
}

/**
 * Runs a script and parses the JSON that it prints.
 *
 * @throws Error with what it said when it ends with another code than 0
 */
export async function runPython<T>(
  script: string,
  args: readonly string[],
  input: Uint8Array = new Uint8Array(),
): Promise<T> {
  const child = spawn(program, [script, ...args], { stdio: "pipe" });
  // A script that ends early does not read all of it; its own words say why.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const [printed, said, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${said}`);
  return JSON.parse(printed) as T;
}
