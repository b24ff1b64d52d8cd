import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const logger = fileURLToPath(new URL("../../../src/runtime/telemetry/logger.ts", import.meta.url));

/** pino writes to the real stderr, so a process of its own is asked. */
function logged(statement: string): string {
  const script = `
    const { createLogger } = await import(${JSON.stringify(logger)});
    const logger = createLogger("ingest", "info");
    ${statement}
  `;
  const args = ["--import", "tsx", "--input-type=module", "-e", script];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  return stderr;
}

it("writes one line of JSON to stderr, without voters and what proves them", () => {
  const stderr = logged(`
    logger.debug("too fine");
    logger.warn(
      {
        election: "lunch",
        voter: "alice",
        claims: { sub: "alice" },
        request: { headers: { authorization: "Bearer alice" } },
      },
      "something",
    );
  `);
  const lines = stderr.trimEnd().split("\n");
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0])).toMatchObject({
    role: "ingest",
    election: "lunch",
    msg: "something",
  });
  expect(JSON.parse(lines[0]).time).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  expect(stderr).not.toContain("alice");
});
