import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type Server } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { remoteAdmin } from "../../../src/runtime/admin/remote-admin.js";
import { authoritiesWith, fetchTrusting } from "../../../src/runtime/http/trust.js";
import { jsonGetter } from "../../../src/runtime/monitor/read/get-json.js";
import { runLoadAndReconcile } from "../../../src/runtime/system/load/load-run.js";
import { startTally } from "../../../src/runtime/tally/tally.js";
import { Authority } from "../../helpers/data/certificates.js";
import { type Bench, startBench } from "../ingest/support.js";
import { scenarioOf } from "../load/support.js";

/** A real ingest, behind what ends TLS in front of it. */
let bench: Bench;
let stopTally: () => Promise<void>;
let front: Server;
let folder: string;
let caFile: string;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vote-trust-"));
  const { ca, certificate, key } = await (await Authority.make(folder)).certify("ingest");
  caFile = ca;
  bench = await startBench();
  const tally = await startTally(bench.engine);
  stopTally = () => tally.stop();
  const port = Number(new URL(bench.ingest.url).port);
  const pair = { cert: await readFile(certificate), key: await readFile(key) };
  front = createServer(pair, (client) => {
    const behind = connect({ port, host: "127.0.0.1" });
    client.pipe(behind).pipe(client);
    for (const one of [client, behind]) one.on("error", () => {});
  });
  await new Promise<void>((resolve) => {
    front.listen(0, "127.0.0.1", resolve);
  });
  url = `https://127.0.0.1:${(front.address() as AddressInfo).port}`;
}, 60_000);
afterAll(async () => {
  front.close();
  await stopTally();
  await bench.stop();
  await rm(folder, { recursive: true });
});

const untrusted = {
  code: "not-running",
  message: expect.stringMatching(/^The certificate of https:.* is not trusted: [A-Z_]+\.$/),
  hint: expect.stringContaining("--ca"),
};

describe("https with a CA of one's own", { timeout: 120_000 }, () => {
  it("is read where the CA is named, and refused elsewhere", async () => {
    const get = jsonGetter({ fetch: fetchTrusting(await authoritiesWith(caFile)) });
    expect(await get(url, "/statusz")).toMatchObject({
      ...{ reached: true, status: 200 },
      body: { role: "ingest" },
    });
    expect(await jsonGetter({})(url, "/statusz")).toMatchObject({
      ...{ reached: false, why: expect.stringMatching(/SIGN|VERIFY/) },
    });
  });

  it("carries what an admin sends and is answered", async () => {
    const trusting = { token: "t", fetch: fetchTrusting(await authoritiesWith(caFile)) };
    // An ingest is no admin API: its refusal came through.
    await expect(remoteAdmin({ url, ...trusting }).list()).rejects.toMatchObject({
      code: "not-found",
    });
    await expect(remoteAdmin({ url, token: "t" }).list()).rejects.toMatchObject(untrusted);
  });

  it("takes a load run, and sends nothing where it is not trusted", async () => {
    await bench.election("lunch");
    const scenario = scenarioOf({ via: "http", votesPerSecond: 100, candidates: undefined });
    const options = { engine: bench.engine, election: "lunch", scenario, target: url };
    await expect(runLoadAndReconcile(options)).rejects.toMatchObject(untrusted);
    const { record } = await runLoadAndReconcile({ ...options, caFile });
    expect(record).toMatchObject({ unknown: 0, reconciled: true });
    expect(record.acknowledged).toBeGreaterThan(0);
  });

  it("names a file that is no CA's", async () => {
    const file = join(folder, "empty.pem");
    await writeFile(file, "nothing");
    const usage = { code: "invalid-usage", message: `${file} holds no certificate.` };
    await expect(authoritiesWith(file)).rejects.toMatchObject(usage);
    await expect(authoritiesWith(join(folder, "absent.pem"))).rejects.toMatchObject({
      code: "invalid-usage",
      message: expect.stringContaining("ENOENT"),
    });
  });
});
