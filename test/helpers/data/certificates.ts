import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Paths of PEM files. */
export interface Certificates {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
  /** Key and certificate in one file, as Kafka's PEM key stores want them. */
  readonly keyStore: string;
}

/** A test's own certificate authority, which signs certificates for 127.0.0.1. */
export class Authority {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** @throws Error with openssl's message */
  static async make(directory: string): Promise<Authority> {
    const authority = new Authority(directory);
    const subject = ["-subj", "/CN=vote test authority", "-days", "2"];
    await authority.#openssl("req", "-x509", ...newKey("ca.key"), "-out", "ca.pem", ...subject);
    return authority;
  }

  async certify(name: string): Promise<Certificates> {
    const [key, request, certificate] = ["key", "csr", "pem"].map((end) => `${name}.${end}`);
    const signers = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"];
    await writeFile(join(this.#directory, "san.cnf"), "subjectAltName=IP:127.0.0.1\n");
    await this.#openssl("req", ...newKey(key), "-out", request, "-subj", `/CN=${name}`);
    const signed = ["-in", request, "-out", certificate, "-extfile", "san.cnf"];
    await this.#openssl("x509", "-req", ...signed, ...signers);
    const { stdout } = await this.#openssl("pkcs8", "-topk8", "-nocrypt", "-in", key);
    const at = (file: string) => join(this.#directory, file);
    const { stdout: chain } = await this.#openssl("x509", "-in", certificate);
    await writeFile(at(`${name}.store.pem`), stdout + chain, { mode: 0o600 });
    return {
      ca: at("ca.pem"),
      certificate: at(certificate),
      key: at(key),
      keyStore: at(`${name}.store.pem`),
    };
  }

  #openssl(...args: string[]) {
    return run("openssl", args, { cwd: this.#directory });
  }
}

const newKey = (file: string) => ["-newkey", "rsa:2048", "-nodes", "-keyout", file];
