import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { Ports } from "../../../src/runtime/processes/ports.js";
import { eventually, temporaryDirectory } from "../temporary.js";

const needed = [
  "/usr/sbin/nginx",
  "/usr/lib/nginx/modules/ngx_http_modsecurity_module.so",
  "/usr/share/modsecurity-crs/rules",
] as const;
const packages = "nginx, libnginx-mod-http-modsecurity and modsecurity-crs";

/** Whether the front door runs here: where Debian's nginx, its module and the rules are. */
export function realNginx(suite: string): boolean {
  const missing = needed.find((path) => !existsSync(path));
  if (missing === undefined) return true;
  console.warn(`NOT RUN: ${suite}. No ${missing}. Install Debian's ${packages}.`);
  return false;
}

/** A busy machine is slow, too, and not on purpose. */
const patience = ["client_header", "client_body", "send", "keepalive"]
  .map((what) => `${what}_timeout 120s;\n`)
  .join("");

export interface Upstreams {
  /** Where ingest and serve listen, as `host:port`. */
  readonly ingest: string;
  readonly serve: string;
}

/** The front door of compose/edge in a directory of its own, in front of these. */
export async function startNginx({ ingest, serve }: Upstreams) {
  const directory = await temporaryDirectory();
  cpSync(fileURLToPath(new URL("../../../compose/edge", import.meta.url)), directory, {
    recursive: true,
  });
  const site = join(directory, "site.conf");
  const own = readFileSync(site, "utf8")
    .replace("127.0.0.1:4000", ingest)
    .replace("127.0.0.1:4001", serve);
  writeFileSync(site, own);
  const key = join(directory, "key.pem");
  const certificate = join(directory, "certificate.pem");
  execFileSync(
    "openssl",
    [
      ...["req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=localhost"],
      ...["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
      ...["-keyout", key, "-out", certificate, "-addext", "subjectAltName=IP:127.0.0.1"],
    ],
    { stdio: "ignore" },
  );
  const ca = readFileSync(certificate, "utf8");
  const ports = new Ports();
  for (let attempt = 1; ; attempt++) {
    const port = await ports.choose();
    const listen = readFileSync(
      new URL("../../../compose/edge/listen.conf", import.meta.url),
      "utf8",
    );
    const here = listen
      .replace("listen 443", `listen 127.0.0.1:${port}`)
      .replace(/^listen \[::\].*\n/m, "")
      .replace("vote.example", "127.0.0.1")
      .concat(patience);
    writeFileSync(join(directory, "listen.conf"), here);
    const child = spawn(
      needed[0],
      [
        ...["-p", directory, "-c", join(directory, "nginx.conf")],
        // The test's directory is its owner's alone.
        ...["-g", `daemon off;${process.getuid?.() === 0 ? " user root;" : ""}`],
      ],
      { cwd: directory, stdio: ["ignore", "ignore", "pipe"] },
    );
    let said = "";
    child.stderr?.setEncoding("utf8").on("data", (text) => {
      said += text;
    });
    if (await listens(child, port)) return { port, ca, directory };
    if (attempt === 5) throw new Error(`nginx does not start: ${said}`);
  }
}

/** @returns false if it has ended instead, as when somebody else has taken the port */
async function listens(child: ChildProcess, port: number): Promise<boolean> {
  let ended = false;
  child.once("exit", () => {
    ended = true;
  });
  onTestFinished(async () => {
    child.kill("SIGTERM");
    await eventually("nginx to end", () => ended);
  });
  await eventually("nginx to listen or end", async () => ended || (await accepts(port)));
  return !ended;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
