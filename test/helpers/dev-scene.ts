import { type Sandbox, sandbox } from "./run-vote.js";

/** The first line of `vote dev --json`. */
export interface DevFacts {
  readonly ingest: string;
  readonly serve: string;
  readonly dataDir: string;
  readonly pids: { readonly serve: number };
  readonly pages: { readonly vote: readonly { readonly url: string }[] };
}

export interface DevScene {
  readonly box: Sandbox;
  readonly facts: DevFacts;
  /** Runs a command to its end; fails if it fails. */
  readonly vote: (...args: string[]) => Promise<string>;
}

/** A `vote dev` with an election of one's own besides its sample, which is closed. */
export async function devScene(
  id: string,
  title: string,
  candidates: readonly string[],
): Promise<DevScene> {
  const box = sandbox();
  const dev = box.start("dev", "--port", "0", "--json");
  const facts = JSON.parse(await dev.line(/"event":"ready"/)) as DevFacts;
  const vote = async (...args: string[]) => {
    const { code, stdout, stderr } = await box.vote(...args);
    if (code !== 0) throw new Error(`vote ${args.join(" ")} ended with ${code}: ${stderr}`);
    return stdout;
  };
  const named = candidates.flatMap((candidate) => ["--candidate", candidate]);
  await vote("election", "create", id, "--title", title, ...named);
  await vote("election", "open", id);
  await vote("election", "close", "sample");
  return { box, facts, vote };
}
