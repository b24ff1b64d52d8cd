import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LoadFindings } from "../../../../src/runtime/load/reconcile/findings.js";
import { FindingsFile } from "../../../../src/runtime/load/reconcile/findings-file.js";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "vote-findings-"));
});

afterEach(() => rm(directory, { recursive: true }));

describe("FindingsFile", () => {
  it("holds every finding, one a line, for its owner alone", async () => {
    const file = new FindingsFile(join(directory, "all.ndjson"));
    const findings = new LoadFindings(file);
    for (let index = 0; index < 5_000; index++) {
      findings.add("lost", () => ({ detail: `ballot ${index}`, index }));
    }
    expect(file.close()).toBe(true);
    const lines = (await readFile(file.path, "utf8")).trimEnd().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { index: number }).index)).toEqual(
      Array.from({ length: 5_000 }, (_, index) => index),
    );
    expect((await stat(file.path)).mode & 0o777).toBe(0o600);
    expect(findings.kept).toHaveLength(20);
    expect(findings.total).toBe(5_000);
  });

  it("is not there without a finding", async () => {
    const file = new FindingsFile(join(directory, "none.ndjson"));
    expect(file.close()).toBe(false);
    await expect(stat(file.path)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("ends at its bound, and the rest is made by nobody and counted all the same", async () => {
    const file = new FindingsFile(join(directory, "bound.ndjson"), 30);
    const findings = new LoadFindings(file);
    let made = 0;
    for (let index = 0; index < 100; index++) {
      findings.add("invented", () => ({ detail: `${made++}` }));
    }
    file.close();
    expect((await readFile(file.path, "utf8")).trimEnd().split("\n")).toHaveLength(30);
    expect(made).toBe(30);
    expect(findings.total).toBe(100);
  });

  it("says why it could not be written, and never throws", () => {
    const file = new FindingsFile(join(directory, "nowhere", "all.ndjson"));
    const findings = new LoadFindings(file);
    findings.add("lost", () => ({ detail: "one" }));
    expect(file.close()).toBe(false);
    expect(file.failure).toMatchObject({ code: "ENOENT" });
    expect(findings.total).toBe(1);
  });
});
