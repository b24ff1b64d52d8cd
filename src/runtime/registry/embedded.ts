import {
  decodeCertificate,
  decodeChange,
  decodeDispute,
  decodeElection,
} from "../contracts/http/registry-records.js";
import type { Dispute } from "../core/dispute.js";
import type { Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import { canonicalJson } from "../core/formats/canonical-json.js";
import type { Certificate } from "../core/formats/certificate.js";
import type { ElectionChange, ElectionHistory } from "../core/trail.js";
import {
  commitDurably,
  type Environment,
  openTable,
  readNow,
  type Table,
} from "../embedded/environment.js";
import { encodeChange } from "./election-trail.js";
import type { Actor, Registry } from "./port.js";

const key = (id: string) => Buffer.from(id, "latin1");
const maxRevision = 0xffff_ffff;
/** Ids contain no zero byte, so no key is another's prefix. */
const changeKey = (id: string, revision: number) => {
  const bytes = Buffer.alloc(id.length + 5);
  bytes.write(id, "latin1");
  bytes.writeUInt32BE(revision, id.length + 1);
  return bytes;
};
const encode = (record: Election) => Buffer.from(JSON.stringify(record));

/** Elections and certificates as JSON, in the ledger's environment. */
export class EmbeddedRegistry implements Registry {
  readonly #environment: Environment;
  readonly #elections: Table;
  readonly #certificates: Table;
  readonly #changes: Table;
  #disputes: Table | undefined;

  constructor(environment: Environment) {
    this.#environment = environment;
    this.#elections = openTable(environment, "elections");
    this.#certificates = openTable(environment, "certificates");
    this.#changes = openTable(environment, "changes");
  }

  async create(election: Election, actor?: Actor): Promise<void> {
    await commitDurably(this.#environment, "ledger-unavailable", () => {
      if (this.#elections.doesExist(key(election.id))) {
        throw new VoteError("election-exists", `Election ${election.id} exists already.`, {
          hint: "Choose another id; `vote election list` shows those in use.",
        });
      }
      this.#put(election, actor);
    });
  }

  async get(id: string): Promise<Election | undefined> {
    return this.#read(() => this.#get(id));
  }

  async list(): Promise<Election[]> {
    return this.#read(() =>
      [...this.#elections.getRange()].map(({ key: id, value }) =>
        decodeElection(value, id.toString("latin1")),
      ),
    );
  }

  async replace(election: Election, actor?: Actor): Promise<void> {
    await commitDurably(this.#environment, "ledger-unavailable", () => {
      const current = this.#get(election.id);
      if (current?.revision !== election.revision - 1) {
        throw new VoteError("election-changed", `Election ${election.id} has changed meanwhile.`, {
          hint: "Look at it again with `vote election show`, then repeat the command.",
        });
      }
      this.#put(election, actor);
    });
  }

  async trail(id: string): Promise<ElectionChange[]> {
    return this.#read(() => this.#trail(id));
  }

  async history(id: string): Promise<ElectionHistory> {
    return this.#read(() => ({ record: this.#get(id), changes: this.#trail(id) }));
  }

  #trail(id: string): ElectionChange[] {
    const range = { start: changeKey(id, 0), end: changeKey(id, maxRevision) };
    return [...this.#changes.getRange(range)].map(({ value }) => decodeChange(value, id));
  }

  /** Runs inside a transaction, so that the record and its trail always agree. */
  #put(election: Election, actor: Actor | undefined): void {
    const { id, revision } = election;
    const previous = this.#changes.get(changeKey(id, revision - 1));
    this.#changes.putSync(
      changeKey(id, revision),
      Buffer.from(encodeChange(election, actor, previous)),
    );
    this.#elections.putSync(key(id), encode(election));
  }

  async putCertificate(certificate: Certificate): Promise<void> {
    await commitDurably(this.#environment, "ledger-unavailable", () => {
      const place = key(certificate.election);
      if (this.#certificates.doesExist(place)) return;
      this.#certificates.putSync(place, Buffer.from(canonicalJson(certificate)));
    });
  }

  async getCertificate(election: string): Promise<Certificate | undefined> {
    return this.#read(() => {
      const stored = this.#certificates.get(key(election));
      return stored && decodeCertificate(stored, election);
    });
  }

  async putDispute(dispute: Dispute): Promise<void> {
    const table = this.#disputesTable();
    await commitDurably(this.#environment, "ledger-unavailable", () => {
      const place = key(dispute.election);
      const stored = table.get(place);
      if (stored && decodeDispute(stored, dispute.election).at >= dispute.at) return;
      table.putSync(place, Buffer.from(JSON.stringify(dispute)));
    });
  }

  async getDispute(election: string): Promise<Dispute | undefined> {
    const table = this.#disputesTable();
    return this.#read(() => {
      const stored = table.get(key(election));
      return stored && decodeDispute(stored, election);
    });
  }

  /** Not made at the start: an older directory has none, and readers may not make one. */
  #disputesTable(): Table {
    return this.#read(() => {
      this.#disputes ??= openTable(this.#environment, "disputes");
      return this.#disputes;
    });
  }

  #get(id: string): Election | undefined {
    const stored = this.#elections.get(key(id));
    return stored && decodeElection(stored, id);
  }

  #read<T>(look: () => T): T {
    return readNow(this.#environment, "ledger-unavailable", look);
  }
}
