import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Sandbox, sandbox } from "../helpers/run-vote.js";

/** How the tests call the program: a hint is spelled so that it works when it is copied. */
const vote = `node ${join(import.meta.dirname, "..", "..", "bin", "run.js")}`;

let box: Sandbox;
beforeAll(() => {
  box = sandbox();
});
afterAll(() => box.remove());

/** The `{error}` that a failed command prints with --json. */
function errorOf(stdout: string): { code: string; detail: string; hint?: string } {
  return (JSON.parse(stdout) as { error: { code: string; detail: string; hint?: string } }).error;
}

describe("help", () => {
  it.each([["--help"], ["-h"], ["help"]])("vote %s lists the commands, exit 0", async (flag) => {
    const { code, stdout, stderr } = await box.vote(flag);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const name of ["dev", "ingest", "tally", "serve", "recount", "election", "token"]) {
      expect(stdout).toMatch(new RegExp(`^  ${name} `, "m"));
    }
  });

  it("vote --version names the program, its version and Node's", async () => {
    const { code, stdout } = await box.vote("--version");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^vote\/\d+\.\d+\.\d+ .* node-v\d+/);
  });

  it.each([
    ["vote --version", ["--version"], 0],
    ["vote --help", ["--help"], 0],
    // It reads a record, and so shows that the check can fail.
    ["vote load compare", ["load", "compare", "none.json", "none.json"], 1],
  ])("%s loads the schemas only if it needs them", async (_, args, processes) => {
    const folder = join(box.path, `loaded-${args[0]}`);
    await box.startIn({ NODE_V8_COVERAGE: folder }, ...args).finished;
    const loaded = readdirSync(folder).map((file) => readFileSync(join(folder, file), "utf8"));
    expect(loaded.filter((text) => text.includes("/node_modules/zod/"))).toHaveLength(processes);
  });

  it("vote election create --help starts no engine and creates no data directory", async () => {
    const { code, stdout } = await box.vote("election", "create", "--help");
    expect(code).toBe(0);
    expect(stdout).toContain("--candidate");
    expect((await box.vote("election", "list")).stderr).toContain("There is no data directory");
  });
});

describe("bad usage", () => {
  it("an unknown flag ends with 2 and suggests the nearest", async () => {
    const { code, stdout, stderr } = await box.vote("election", "create", "x", "--titel", "X");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("Error: There is no flag --titel.\n");
    expect(stderr).toContain("Hint: Did you mean --title?");
  });

  it("with --json the error is an object on stdout, and stderr stays empty", async () => {
    const { code, stdout, stderr } = await box.vote("election", "show", "--json", "--nope");
    expect({ code, stderr }).toEqual({ code: 2, stderr: "" });
    expect(errorOf(stdout)).toEqual({
      code: "invalid-usage",
      detail: expect.stringContaining("--nope"),
      hint: "See `vote election show --help`.",
    });
  });

  it("an unknown command ends with 127 and suggests the nearest", async () => {
    const { code, stderr } = await box.vote("electon", "list");
    expect(code).toBe(127);
    expect(stderr).toBe(
      'Error: vote has no command "electon list".\n' +
        `Hint: Did you mean \`${vote} election list\`? See \`${vote} --help\`.\n`,
    );
  });

  it.each([
    [["token", "issue"], /Give exactly one of --admin, --gateway, --voter, --voters\./],
    [["token", "issue", "--voter", "a", "--gateway", "b"], /--gateway/],
    [["token", "issue", "--voter", "a", "--expires-in", "5"], /"5" is not a duration/],
    [["election", "create", "x", "--title", "X"], /candidate/],
    [["ingest", "--port", "65536"], /65,535/],
    [["recount", "--from", "memory"], /ledger, log/],
  ])("vote %j ends with 2 and says why", async (args, reason) => {
    const { code, stderr } = await box.vote(...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(reason);
    expect(stderr).toContain("Hint: ");
    expect(stderr).not.toContain("    at ");
  });
});

describe("a port in use", () => {
  let taken: Server;
  let port: string;
  beforeAll(async () => {
    taken = createServer();
    await new Promise<void>((resolve) => {
      taken.listen(0, "127.0.0.1", resolve);
    });
    const address = taken.address();
    port = typeof address === "object" ? String(address?.port) : "";
  });
  afterAll(() => taken.close());

  it.each(["ingest", "serve", "dev"])("vote %s names it and --port", async (role) => {
    const { code, stdout } = await box.vote(role, "--port", port, "--json");
    expect(code).toBe(2);
    const { code: kind, detail, hint } = errorOf(stdout);
    expect(kind).toBe("port-in-use");
    expect(detail).toContain(port);
    expect(hint).toContain("--port");
  });
});

describe("a data directory that cannot be used", () => {
  it("was written by another version", async () => {
    const path = join(box.path, "newer");
    mkdirSync(path);
    writeFileSync(join(path, "VERSION"), "vote-data 999\n");
    const { code, stdout } = await box.vote("election", "list", "--data-dir", path, "--json");
    expect(code).toBe(2);
    expect(errorOf(stdout).code).toBe("data-directory-version");
    expect(errorOf(stdout).detail).toContain("vote-data 999");
  });

  it.each(["tally", "dev"])("is a file (vote %s)", async (command) => {
    const path = join(box.path, "file");
    writeFileSync(path, "");
    const { code, stderr } = await box.vote(command, "--data-dir", path);
    expect(code).toBe(2);
    expect(stderr).toContain(`Error: Data directory ${path}`);
    expect(stderr).toContain("--data-dir");
  });

  it("is not writable, not even for the superuser", async () => {
    const { code, stdout } = await box.vote("tally", "--data-dir", "/sys/vote-data", "--json");
    expect(code).toBe(2);
    expect(errorOf(stdout).code).toBe("data-directory-unusable");
  });
});
