import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readGatewayToken } from "../../../src/cli/flags/token-flags.js";
import { temporaryDirectory } from "../../helpers/temporary.js";

const token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJnIn0.c2ln";

async function fileWith(text: string): Promise<string> {
  const path = join(await temporaryDirectory(), "gateway.token");
  await writeFile(path, text);
  return path;
}

describe("a gateway's token", () => {
  it("comes from a file, or from what a command prints", async () => {
    const file = await fileWith(`${token}\r\n`);
    expect(await readGatewayToken({ "token-file": file })).toBe(token);
    expect(await readGatewayToken({ "token-command": `cat '${file}'` })).toBe(token);
    expect(await readGatewayToken({})).toBeUndefined();
  });

  it.each([
    ["", /gave no token\.$/],
    [`${token}\n${token}\n`, /gave 2 lines, not one token\.$/],
    ["Bearer secret-word\n", /gave no token\.$/],
  ])("is refused where there is not exactly one: %j", async (text, message) => {
    const file = await fileWith(text);
    const refusal = await readGatewayToken({ "token-file": file }).catch((error: Error) => error);
    expect(refusal).toMatchObject({
      code: "invalid-usage",
      message: expect.stringMatching(message),
    });
    expect(String(refusal)).not.toContain("secret-word");
  });

  it("is missed with the reason where the file is not there or the command fails", async () => {
    const missing = readGatewayToken({ "token-file": "/nowhere/at/all" });
    await expect(missing).rejects.toThrow(/--token-file gave no token: ENOENT/);
    const failing = readGatewayToken({ "token-command": "echo no session >&2; exit 4" });
    await expect(failing).rejects.toThrow(/--token-command gave no token: .*no session/s);
  });
});
